//! `HwVidInterrupt` has no token for the port driver's routine at any priority.

use dirql::Serviced;
use dirql_video::{InterruptContext, Miniport, VideoAdapter};

fn misuse<M: Miniport<State = u32>>(
    adapter: &VideoAdapter<u32>,
    cx: &InterruptContext<'_, M>,
) -> Serviced {
    let _ = adapter.run_low(cx, || ());
    let _ = adapter.run_high(cx, || ());
    Serviced::Claimed
}

fn main() {}
