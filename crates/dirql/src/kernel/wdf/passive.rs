//! An interrupt of the framework's that is handled at `PASSIVE_LEVEL`.

use core::{ffi::c_void, fmt};

use super::{FrameworkHandler, FrameworkInterrupt, NotConnected};
use crate::{Irql, NotRun, Outcome, Passive, RevokeError, kernel::platform};

/// An interrupt of KMDF's that is handled at `PASSIVE_LEVEL`, with a handler of type `H`, or without one yet.
///
/// NT holds an event around each callback, and the framework a wait lock inside of it. So there are two ways to the handler.
/// [`synchronize`](Self::synchronize) waits for both. Microsoft's pages advise against it in a request handler, or any other thread that the
/// framework may wait for on the device's way out of D0: it is for work items and threads of the driver's own.
/// [`try_synchronize`](Self::try_synchronize) takes the wait lock alone, and only where it is free: it is for the rest.
///
/// It is a handle and can be copied; what it leads to lives in the framework. See [the module](super) for what is called when.
pub struct PassiveFrameworkInterrupt<H: FrameworkHandler>(FrameworkInterrupt<H>);

impl<H: FrameworkHandler> Clone for PassiveFrameworkInterrupt<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: FrameworkHandler> Copy for PassiveFrameworkInterrupt<H> {}

/// A wait lock that is held.
struct Held(*mut c_void);

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: The lock was taken on this thread, at this IRQL, for the type does not leave `try_synchronize`.
        unsafe { platform::wdf_release_lock(self.0) };
    }
}

impl<H: FrameworkHandler> PassiveFrameworkInterrupt<H> {
    pub(super) const fn new(interrupt: FrameworkInterrupt<H>) -> Self {
        Self(interrupt)
    }

    /// The `WDFINTERRUPT`.
    #[must_use]
    pub const fn handle(&self) -> *mut c_void {
        self.0.handle()
    }

    /// As [`FrameworkInterrupt::install`].
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The handler comes back where there is one already.
    pub fn install(&self, irql: &mut Irql<'_, Passive>, handler: H) -> Result<(), H> {
        self.0.install(irql, handler)
    }

    /// As [`FrameworkInterrupt::remove`].
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the handler stays.
    pub fn remove(&self, irql: &mut Irql<'_, Passive>) -> Result<Option<H>, RevokeError> {
        self.0.remove(irql)
    }

    /// As [`FrameworkInterrupt::open`].
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotConnected`] where there is nothing to synchronize with, and the gate stays closed.
    ///
    /// # Safety
    ///
    /// As for [`FrameworkInterrupt::open`].
    pub unsafe fn open(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotConnected> {
        // SAFETY: As the caller promises.
        unsafe { self.0.open(irql) }
    }

    /// As [`FrameworkInterrupt::close`].
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the gate stays open.
    pub fn close(&self, irql: &mut Irql<'_, Passive>) -> Result<bool, RevokeError> {
        self.0.close(irql)
    }

    /// Runs `body` on the shared state while both locks are held, and waits for them. For work items and threads of the driver's own.
    ///
    /// Wraps `WdfInterruptSynchronize` (nf-wdfinterrupt-wdfinterruptsynchronize).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotRun::NoInterrupt`] while the gate is closed; [`NotRun::AbovePassive`]; [`NotRun::NotCalled`] where NT returned without
    /// having run `body`.
    pub fn synchronize<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H) -> R,
    {
        self.synchronize_observed(irql, body).result
    }

    /// Does what [`synchronize`](Self::synchronize) does, and tells what NT returned.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    pub fn synchronize_observed<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        if platform::current_irql() != platform::PASSIVE_LEVEL {
            return Outcome {
                result: Err(NotRun::AbovePassive),
                raw: 0,
                calls: 0,
            };
        }
        self.0.synchronize_observed(irql, body)
    }

    /// Runs `body` on the shared state while the wait lock is held, where that is free. It waits for nothing.
    ///
    /// Wraps `WdfInterruptTryToAcquireLock` and `WdfInterruptReleaseLock` (nf-wdfinterrupt-wdfinterrupttrytoacquirelock).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotRun::Contended`] where something holds the lock; [`NotRun::NoInterrupt`] while the gate is closed;
    /// [`NotRun::AbovePassive`].
    pub fn try_synchronize<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H) -> R,
    {
        if platform::current_irql() != platform::PASSIVE_LEVEL {
            return Err(NotRun::AbovePassive);
        }
        let run = |state: *mut H| {
            // SAFETY: The interrupt is live and handled at PASSIVE_LEVEL, which this is; the token says that this thread holds no
            // interrupt lock.
            if !unsafe { platform::wdf_try_lock(self.handle()) } {
                return Err(NotRun::Contended);
            }
            let _held = Held(self.handle());
            // SAFETY: There is a handler while the gate is open. The wait lock is held, and what else uses the handler holds it
            // too: the framework takes it around each callback of an interrupt that is handled at PASSIVE_LEVEL, and around the
            // routine of WdfInterruptSynchronize (`_InterruptThunk`, `_InterruptSynchronizeThunk`).
            Ok(body(unsafe { &mut *state }))
        };
        self.0.behind_the_gate(irql, run)
    }
}

impl<H: FrameworkHandler> fmt::Debug for PassiveFrameworkInterrupt<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassiveFrameworkInterrupt")
            .field("interrupt", &self.handle())
            .finish_non_exhaustive()
    }
}
