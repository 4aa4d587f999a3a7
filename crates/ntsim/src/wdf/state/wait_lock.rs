//! Wait locks: who holds each.

use crate::kernel::state::thread::ThreadId;

/// A wait lock (`FxWaitLock`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WaitLock {
    /// The thread that holds it.
    pub(in crate::wdf) owner: Option<ThreadId>,
}
