//! The two places of the interrupt, live and parked, and what is done on the way into each.

use core::sync::atomic::Ordering;

use dirql::{Interrupt, Irql, NotRun, Passive};
use dirql_ioctl::Status;

use super::{DeviceInterrupt, LOST, Parked};
use crate::{device::Device, shared::Shared};

impl DeviceInterrupt {
    /// Counts from here on what the device raises, on an active interrupt, and publishes it.
    pub(super) fn go_live(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        interrupt: Interrupt<Shared>,
    ) -> Result<(), Status> {
        if let Err(not_run) = interrupt.synchronize(irql, Shared::power_up) {
            return Err(self.lose(device, irql, interrupt, not_run));
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
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        interrupt: Interrupt<Shared>,
    ) -> Result<(), Status> {
        let ledger = match interrupt.synchronize(irql, Shared::quiesce) {
            Ok(ledger) => ledger,
            Err(not_run) => return Err(self.lose(device, irql, interrupt, not_run)),
        };
        // SAFETY: The interrupt is in no place that anybody synchronizes on, and comes to one only after
        // `set_active`, in `unpark`.
        unsafe { interrupt.set_inactive(irql) };
        device.reach.close(irql);
        drop(self.parked.publish(irql, Parked { interrupt, ledger }));
        Ok(())
    }

    /// Gives up an interrupt under whose lock nothing runs: a device that is half silent, or half ready,
    /// is worse than one without an interrupt.
    pub(super) fn lose(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        interrupt: Interrupt<Shared>,
        reason: NotRun,
    ) -> Status {
        device.counters.count_not_run(reason);
        self.whereabouts.store(LOST, Ordering::Release);
        // Disconnected, the state is nobody else's, and needs no lock. In an error it would be the
        // destructor that disconnects.
        if let Ok(mut shared) = interrupt.disconnect(irql) {
            let ledger = shared.quiesce();
            device.retain(irql, &ledger);
        }
        device.reach.close(irql);
        Status::INTERNAL_ERROR
    }
}
