//! `HwVidInterrupt` may not call the port driver's routine, and has no token with which to ask for it.

use dirql::Serviced;
use dirql_video::{InterruptContext, Miniport, VideoAdapter};

fn misuse<M: Miniport<State = u32>>(
    adapter: &VideoAdapter<u32>,
    cx: &InterruptContext<'_, M>,
) -> Serviced {
    if let Ok(witness) = adapter.witness() {
        let _ = witness.synchronize(cx, |state| *state);
    }
    Serviced::Claimed
}

fn main() {}
