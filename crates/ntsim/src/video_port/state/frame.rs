//! Frames of the port driver: what it was doing when it called the miniport or paused.

use super::{request, start, synchronize};

/// What the port driver was doing when it called the miniport or paused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum VideoFrame {
    /// Carrying the adapter through a transition.
    Start(start::Step),
    /// Handing a request to `HwVidStartIO`.
    Request(request::Step),
    /// In `VideoPortSynchronizeExecution`.
    Synchronize(synchronize::Step),
}
