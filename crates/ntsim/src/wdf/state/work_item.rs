//! Work items, and the timers that use them.

use crate::kernel::state::thread::ThreadId;

/// Where a work item stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    /// It is queued, and has not begun.
    pub(in crate::wdf) queued: bool,
    /// The thread that runs it.
    pub(in crate::wdf) running: Option<ThreadId>,
}

impl Work {
    /// Whether it is queued or runs.
    pub(in crate::wdf) const fn is_under_way(&self) -> bool {
        self.queued || self.running.is_some()
    }
}

/// A work item of the driver's (`FxWorkItem`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkItem {
    pub(in crate::wdf) routine: u64,
    pub(in crate::wdf) work: Work,
}

/// What the framework keeps of a timer beyond the kernel's (`FxTimer`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameworkTimer {
    pub(in crate::wdf) routine: u64,
    /// Of a timer whose callback is at PASSIVE.
    pub(in crate::wdf) work: Option<Work>,
    /// While `WdfTimerStop` waits: whether a start was left out because of it (`m_StartAborted`).
    pub(in crate::wdf) stopping: Option<StartAborted>,
}

/// Whether a timer was to be started while it was stopped.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::wdf) struct StartAborted(pub(in crate::wdf) bool);
