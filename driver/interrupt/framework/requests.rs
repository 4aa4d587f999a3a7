//! The soft state of the interrupt, as the user wants it. The device is in D0, and its power does not change meanwhile: the
//! request that asks for this keeps it there.

use core::sync::atomic::Ordering;

use dirql::{Irql, NotRun, Passive};
use dirql_ioctl::Status;

use crate::{
    interrupt::{Base, DeviceInterrupt},
    shared::Shared,
};

impl DeviceInterrupt {
    /// Makes the interrupt live, as the user wants it.
    ///
    /// # Errors
    ///
    /// As for [`suspend`](Self::suspend).
    pub(crate) fn resume(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        if !self.wanted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Ok(Some(_)) = self.parked.revoke(irql) else {
            return Ok(());
        };
        // SAFETY: The request keeps the device in D0 and owns its interrupt; the gate is closed in `park`.
        let opened = unsafe { self.made.set_active(irql) };
        let live = opened.map_err(|_| NotRun::NoInterrupt);
        let live = live.and_then(|()| self.go_live(irql));
        live.map_err(|reason| self.lose(base, irql, reason))
    }

    /// Silences the device and parks the interrupt, as the user wants it.
    ///
    /// # Errors
    ///
    /// `INTERNAL_ERROR` where the system did not run the closure that does it under the lock. There is no interrupt any more.
    pub(crate) fn suspend(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        let Ok(Some(_)) = self.live.revoke(irql) else {
            return Ok(());
        };
        let ledger = match self.made.synchronize(irql, Shared::quiesce) {
            Ok(ledger) => ledger,
            Err(reason) => return Err(self.lose(base, irql, reason)),
        };
        // SAFETY: The request keeps the device in D0 and owns its interrupt; the handler has no DPC.
        let _ = unsafe { self.made.set_inactive(irql) };
        self.put_down(irql, &ledger);
        Ok(())
    }

    /// Gives the interrupt up, and has the framework disconnect it for good: `EvtInterruptDisable` silences the device.
    pub(super) fn lose(&self, base: &Base, irql: &mut Irql<'_, Passive>, reason: NotRun) -> Status {
        let status = self.give_up(base, irql, reason);
        // SAFETY: The request keeps the device in D0 and owns its interrupt.
        let _ = unsafe { self.made.disable(irql) };
        status
    }
}
