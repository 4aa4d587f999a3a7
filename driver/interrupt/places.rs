//! The two places of the interrupt, live and parked, and what is done on the way into each.

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use dirql::{Interrupt, Irql, NotRun, Passive, Revocable, TranslatedInterrupt};
use dirql_ioctl::Status;

use super::{DeviceInterrupt, HERE, LOST, Parked, base::Base};
use crate::shared::Shared;

impl DeviceInterrupt {
    /// Parks a connected interrupt.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    pub(crate) fn new(
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        resource: TranslatedInterrupt,
        interrupt: Interrupt<Shared>,
    ) -> Result<Self, Status> {
        let new = Self {
            live: Revocable::new(),
            parked: Revocable::new(),
            whereabouts: AtomicU8::new(HERE),
            wanted: AtomicBool::new(true),
            resource,
        };
        new.put_aside(base, irql, interrupt)?;
        Ok(new)
    }

    /// Takes the interrupt out, silent and inactive, unless it is lost.
    pub(crate) fn take(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
    ) -> Option<Interrupt<Shared>> {
        // An interrupt that cannot be parked is disconnected and its records are retained: there is
        // nothing left to take.
        self.park(base, irql).ok()?;
        let parked = self.parked.revoke(irql).ok().flatten();
        parked.map(|parked| parked.interrupt)
    }

    /// Makes the interrupt live, if it is parked and wanted. The device is in D0.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    pub(crate) fn unpark(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        if self.wanted.load(Ordering::Relaxed)
            && let Ok(Some(parked)) = self.parked.revoke(irql)
        {
            // The line may be asserted already.
            base.reach.open();
            parked.interrupt.set_active(irql);
            self.go_live(base, irql, parked.interrupt)?;
        }
        Ok(())
    }

    /// Silences the device and parks the interrupt, if it is live.
    ///
    /// # Errors
    ///
    /// `INTERNAL_ERROR` where the system did not run the closure that does it under the lock. There is no
    /// interrupt any more, and its records are retained.
    pub(crate) fn park(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        match self.live.revoke(irql) {
            Ok(Some(interrupt)) => self.put_aside(base, irql, interrupt),
            _ => Ok(()),
        }
    }

    /// Counts from here on what the device raises, on an active interrupt, and publishes it.
    pub(super) fn go_live(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        interrupt: Interrupt<Shared>,
    ) -> Result<(), Status> {
        if let Err(not_run) = interrupt.synchronize(irql, Shared::power_up) {
            return Err(self.lose(base, irql, interrupt, not_run));
        }
        // The place is empty: only the owner of the interrupt fills it. What came back would be
        // disconnected by its destructor, here at PASSIVE_LEVEL.
        drop(self.live.publish(irql, interrupt));
        Ok(())
    }

    /// Silences the device, reports the interrupt inactive, and publishes it as parked. Until it is inactive the service
    /// routine silences what the device raises; the device may leave D0 when this returns.
    pub(super) fn put_aside(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        interrupt: Interrupt<Shared>,
    ) -> Result<(), Status> {
        let ledger = match interrupt.synchronize(irql, Shared::quiesce) {
            Ok(ledger) => ledger,
            Err(not_run) => return Err(self.lose(base, irql, interrupt, not_run)),
        };
        // SAFETY: The interrupt is in no place that anybody synchronizes on, and comes to one only after
        // `set_active`, in `unpark`.
        unsafe { interrupt.set_inactive(irql) };
        base.reach.close(irql);
        drop(self.parked.publish(irql, Parked { interrupt, ledger }));
        Ok(())
    }

    /// Gives up an interrupt under whose lock nothing runs: a device that is half silent, or half ready,
    /// is worse than one without an interrupt.
    pub(super) fn lose(
        &self,
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        interrupt: Interrupt<Shared>,
        reason: NotRun,
    ) -> Status {
        base.counters.count_not_run(reason);
        self.whereabouts.store(LOST, Ordering::Release);
        // Disconnected, the state is nobody else's, and needs no lock. In an error it would be the
        // destructor that disconnects.
        if let Ok(mut shared) = interrupt.disconnect(irql) {
            let ledger = shared.quiesce();
            base.retain(irql, &ledger);
        }
        base.reach.close(irql);
        Status::INTERNAL_ERROR
    }
}
