//! The interrupt through changes of power. The framework has connected it, or reported it active, before it becomes live, and
//! disconnects it, or reports it inactive, when it is parked.

use core::sync::atomic::Ordering;

use dirql::{Irql, NotRun, Passive};
use dirql_ioctl::Status;

use crate::{
    interrupt::{Base, DeviceInterrupt, LOST, Parked},
    ledger::Ledger,
    shared::Shared,
};

impl DeviceInterrupt {
    /// Makes the interrupt live, if it is parked and wanted: the end of `EvtDeviceD0EntryPostInterruptsEnabled`.
    ///
    /// # Errors
    ///
    /// `INTERNAL_ERROR` where the system did not run the closure that does it under the lock, or has connected nothing. The
    /// gate is closed then.
    pub(crate) fn unpark(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        if !self.wanted.load(Ordering::Relaxed) {
            // The framework has reported it active.
            self.parked.access(irql, |parked, irql| {
                // SAFETY: The device's power does not change in its callback, and no request of a device that is on its way
                // disables or reports anything. The handler has no DPC.
                unsafe { parked.interrupt.set_inactive(irql) }
            });
            return Ok(());
        }
        let Ok(Some(_)) = self.parked.revoke(irql) else {
            return Ok(());
        };
        // SAFETY: This is EvtDeviceD0EntryPostInterruptsEnabled; the gate is closed in `park`, which the framework has called in
        // EvtDeviceD0ExitPreInterruptsDisabled, and by `give_up` before this callback fails.
        let opened = unsafe { self.made.open(irql) };
        let live = opened.map_err(|_| NotRun::NoInterrupt);
        let live = live.and_then(|()| self.go_live(irql));
        live.map_err(|reason| self.give_up(base, irql, reason))
    }

    /// Silences the device and parks the interrupt, if it is live: `EvtDeviceD0ExitPreInterruptsDisabled`.
    ///
    /// # Errors
    ///
    /// `INTERNAL_ERROR` where the system did not run the closure that does it under the lock. There is no interrupt for
    /// requests any more; `EvtInterruptDisable` silences the device.
    pub(crate) fn park(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        let Ok(Some(_)) = self.live.revoke(irql) else {
            return Ok(());
        };
        let ledger = match self.made.synchronize(irql, Shared::quiesce) {
            Ok(ledger) => ledger,
            Err(reason) => return Err(self.give_up(base, irql, reason)),
        };
        let _ = self.made.close(irql);
        self.put_down(irql, &ledger);
        Ok(())
    }

    /// Counts from here on what the device raises, on a connected interrupt whose gate is open, and publishes it.
    pub(super) fn go_live(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotRun> {
        self.made.synchronize(irql, Shared::power_up)?;
        let _ = self.live.publish(irql, self.made);
        Ok(())
    }

    /// Publishes the interrupt as parked.
    pub(super) fn put_down(&self, irql: &mut Irql<'_, Passive>, ledger: &Ledger) {
        let (interrupt, ledger) = (self.made, *ledger);
        drop(self.parked.publish(irql, Parked { interrupt, ledger }));
    }

    /// Gives up an interrupt under whose lock nothing runs. Its records stay in it until the device is stopped, and its
    /// service routine serves the line as long as the framework calls it.
    pub(super) fn give_up(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        reason: NotRun,
    ) -> Status {
        base.counters.count_not_run(reason);
        self.whereabouts.store(LOST, Ordering::Release);
        let _ = self.made.close(irql);
        Status::INTERNAL_ERROR
    }
}
