//! The two places of the interrupt, live and parked, and what is done on the way into each.

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use dirql::{Interrupt, Irql, NotRun, Passive, Revocable, TranslatedInterrupt};
use dirql_ioctl::Status;
use wdk_sys::{NTSTATUS, WDF_PNPPOWER_EVENT_CALLBACKS, WDF_POWER_DEVICE_STATE, WDFDEVICE};

use super::{
    DeviceInterrupt, HERE, LOST, Parked,
    base::Base,
    connect::{connect_first, start_status},
};
use crate::{resources::Resources, shared::Shared, status::ntstatus};

/// A callback of a change of power.
type OfPower = unsafe extern "C" fn(WDFDEVICE, WDF_POWER_DEVICE_STATE) -> NTSTATUS;

/// Has `enter` called on the way into D0, and `leave` on the way out of it: where the registers answer.
pub(crate) const fn call_in_power(
    callbacks: &mut WDF_PNPPOWER_EVENT_CALLBACKS,
    enter: OfPower,
    leave: OfPower,
) {
    callbacks.EvtDeviceD0Entry = Some(enter);
    callbacks.EvtDeviceD0Exit = Some(leave);
}

impl DeviceInterrupt {
    /// Parks a connected interrupt.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    fn new(
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

    /// Connects the interrupt of a device that is being started, and parks it.
    ///
    /// # Errors
    ///
    /// What failed, as a status for `EvtDevicePrepareHardware`. Nothing is left connected, and the records are retained.
    ///
    /// # Safety
    ///
    /// The resources are those of this start. The interrupt is [ended](Self::end) before `EvtDeviceReleaseHardware` returns,
    /// and what `shared` refers to lives until then.
    pub(crate) unsafe fn make(
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        resources: &Resources,
        shared: Shared,
    ) -> Result<Self, NTSTATUS> {
        // The device may raise something at any moment, which the service routine silences from the moment of the connect
        // on: the bus has brought the device to D0.
        base.reach.open();
        // SAFETY: The interrupt is the device's, translated and assigned as long as the hardware; `end` disconnects it.
        let connected = unsafe { connect_first(base, irql, resources.interrupt, shared) };
        match connected {
            Ok(interrupt) => {
                Self::new(base, irql, resources.interrupt, interrupt).map_err(ntstatus)
            }
            Err(error) => {
                base.reach.close(irql);
                base.retain(irql, &error.handler.ledger);
                Err(start_status(error.failure))
            }
        }
    }

    /// Disconnects the interrupt, and retains its records.
    pub(crate) fn end(&self, base: &Base, irql: &mut Irql<'_, Passive>) {
        let interrupt = self.take(base, irql);
        if let Some(shared) = interrupt.and_then(|interrupt| interrupt.disconnect(irql).ok()) {
            base.retain(irql, &shared.ledger);
        }
    }

    /// Takes the interrupt out, silent and inactive, unless it is lost.
    fn take(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Option<Interrupt<Shared>> {
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

    /// Makes the interrupt live, as the user wants it.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    pub(crate) fn resume(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        self.unpark(base, irql)
    }

    /// Parks the interrupt, as the user wants it.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    pub(crate) fn suspend(&self, base: &Base, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        self.park(base, irql)
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
        // Disconnected, the state belongs to nothing else, and needs no lock. In an error it would be the
        // destructor that disconnects.
        if let Ok(mut shared) = interrupt.disconnect(irql) {
            let ledger = shared.quiesce();
            base.retain(irql, &ledger);
        }
        base.reach.close(irql);
        Status::INTERNAL_ERROR
    }
}
