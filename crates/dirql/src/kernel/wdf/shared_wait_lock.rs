//! A wait lock with the state that it guards: several interrupts at `PASSIVE_LEVEL` are made with it.

use core::{ffi::c_void, fmt};

use crate::{
    Irql, Passive,
    kernel::{
        platform::{self, framework::Handle},
        shared_block::SharedBlock,
    },
};

/// `STATUS_INSUFFICIENT_RESOURCES`.
const STATUS_INSUFFICIENT_RESOURCES: i32 = 0xC000_009A_u32.cast_signed();

/// A lock for several interrupts of a device that are handled at `PASSIVE_LEVEL`, and the state `S` that their handlers share.
///
/// Each interrupt has an event of its own, by which NT excludes its service routine, and a wait lock inside of it. Where handlers share
/// a state, their interrupts are made with one wait lock ([`SharedPassiveInterrupt`](super::SharedPassiveInterrupt)): service routines
/// and closures of all of them exclude one another then. It is [`SharedLock`](crate::SharedLock) for interrupts of the framework's at passive
/// level.
///
/// The lock is a `WDFWAITLOCK` that goes with the device. The state is reached under the lock only. It lives until the last handler
/// that shares it and this value are gone, and what is last drops it.
///
/// # Invariants
///
/// The state is used by the holder of the lock only.
pub struct SharedWaitLock<S>(SharedBlock<Handle, S>);

// SAFETY: The value leads to memory that belongs to no thread, and moves a state between threads, which is `Send`.
unsafe impl<S: Send> Send for SharedWaitLock<S> {}
// SAFETY: A shared value gives nothing of the state; handlers that share it reach it one at a time.
unsafe impl<S: Send> Sync for SharedWaitLock<S> {}

impl<S: Send + 'static> SharedWaitLock<S> {
    /// Makes a lock for interrupts of a device.
    ///
    /// A state of more than [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes does not compile here, when code is generated.
    ///
    /// Wraps `WdfWaitLockCreate` (nf-wdfsync-wdfwaitlockcreate).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The framework's status, or `STATUS_INSUFFICIENT_RESOURCES`, with the state.
    ///
    /// # Safety
    ///
    /// `device` is a live `WDFDEVICE`, and the interrupts that are made with the lock are its own.
    pub unsafe fn new(
        irql: &mut Irql<'_, Passive>,
        device: *mut c_void,
        state: S,
    ) -> Result<Self, (i32, S)> {
        let _ = irql;
        // SAFETY: The device is live, as the caller promises.
        let lock = || unsafe { platform::wdf_wait_lock_create(device) };
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { SharedBlock::new(state, STATUS_INSUFFICIENT_RESOURCES, lock) }.map(Self)
    }

    /// Takes the state out, when no handler shares it any more.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The lock comes back, while one does.
    pub fn into_state(self, irql: &mut Irql<'_, Passive>) -> Result<S, Self> {
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.0.into_state() }.map_err(Self)
    }
}

impl<S> SharedWaitLock<S> {
    /// The `WDFWAITLOCK`, for [`Config::with_wait_lock`](super::Config::with_wait_lock) of interrupts that share nothing but the lock.
    #[must_use]
    pub fn handle(&self) -> *mut c_void {
        *self.0.lock()
    }

    /// Another value that leads to the same state.
    pub(super) fn share(&self) -> Self {
        Self(self.0.share())
    }

    /// The state, for the holder of the lock.
    pub(super) fn state(&self) -> *mut S {
        self.0.state()
    }
}

impl<S> fmt::Debug for SharedWaitLock<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWaitLock")
            .field("lock", &self.handle())
            .finish_non_exhaustive()
    }
}
