//! Nor does it go to another thread.

use dirql_video::{InterruptContext, Miniport};

fn misuse<M: Miniport>(cx: &InterruptContext<'_, M>) {
    std::thread::scope(|scope| {
        scope.spawn(|| cx.queue_dpc());
    });
}

fn main() {}
