//! Callback locks: what the framework holds while it calls the driver (`FxCallbackLock`).

use crate::kernel::state::thread::ThreadId;

/// The callback lock of a driver, a device or a queue, by whose handle it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallbackLock {
    /// A mutex, for callbacks at PASSIVE (`FxCallbackMutexLock`); else a spin lock (`FxCallbackSpinLock`).
    pub(in crate::wdf) mutex: bool,
    /// The thread that holds the mutex. Who holds a spin lock, the kernel knows.
    pub(in crate::wdf) owner: Option<ThreadId>,
    /// The IRQL that `WdfObjectReleaseLock` goes back to (`m_PreviousIrql`).
    pub(in crate::wdf) previous: u8,
}

/// A callback of the driver's that is called under a lock.
#[derive(Clone, Debug)]
pub(crate) struct LockedCall<F> {
    pub(in crate::wdf) lock: u64,
    /// The IRQL to go back to.
    pub(in crate::wdf) old: u8,
    pub(in crate::wdf) what: &'static str,
    pub(in crate::wdf) target: u64,
    pub(in crate::wdf) arguments: Vec<u64>,
    /// What goes on when it has returned and the lock is released.
    pub(in crate::wdf) then: F,
}
