//! What may be called at the level of the interrupt is not kept for other levels.

use std::sync::Mutex;

use dirql_video::{InterruptContext, Miniport};

fn misuse<M: Miniport>(
    cx: InterruptContext<'_, M>,
    kept: &Mutex<Option<InterruptContext<'static, M>>>,
) {
    *kept.lock().unwrap() = Some(cx);
}

fn main() {}
