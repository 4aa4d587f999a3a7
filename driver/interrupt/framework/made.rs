//! The framework's interrupt from the start of a device to its stop.

use core::sync::atomic::{AtomicBool, AtomicU8};

use dirql::{
    Irql, Passive, Revocable,
    wdf::{Config, FrameworkHandler},
};
use dirql_ioctl::connection::Kind;
use wdk_sys::{NTSTATUS, STATUS_INVALID_DEVICE_STATE};

use crate::{
    interrupt::{Base, Connected, DeviceInterrupt, HERE, Parked},
    resources::Resources,
    shared::Shared,
    trace,
};

impl DeviceInterrupt {
    /// Has the framework make the interrupt of a device that is being started, and parks it.
    ///
    /// # Errors
    ///
    /// What failed, as a status for `EvtDevicePrepareHardware`. The records are retained.
    ///
    /// # Safety
    ///
    /// This is `EvtDevicePrepareHardware`, and the resources are those of this start. The interrupt is
    /// [ended](Self::end) before `EvtDeviceReleaseHardware` returns, and what `shared` refers to lives until then.
    pub(crate) unsafe fn make(
        base: &Base,
        irql: &mut Irql<'_, Passive>,
        resources: &Resources,
        shared: Shared,
    ) -> Result<Self, NTSTATUS> {
        let ledger = shared.ledger;
        // SAFETY: As the caller promises.
        let made = unsafe { create(base, irql, resources, shared) };
        let made = match made {
            Ok(made) => made,
            Err(status) => {
                base.retain(irql, &ledger);
                trace::connected(Kind::Framework as u32, Err(status));
                return Err(status);
            }
        };
        // The framework connects it on the way into D0.
        trace::connected(Kind::Framework as u32, Ok(base.count_connection()));
        let parked = Revocable::new();
        let interrupt = made;
        drop(parked.publish(irql, Parked { interrupt, ledger }));
        Ok(Self {
            live: Revocable::new(),
            parked,
            made,
            whereabouts: AtomicU8::new(HERE),
            wanted: AtomicBool::new(true),
            resource: resources.interrupt,
        })
    }

    /// Takes the state from the interrupt, and retains its records. The device has left D0, or never was in it.
    pub(crate) fn end(&self, base: &Base, irql: &mut Irql<'_, Passive>) {
        if let Ok(Some(shared)) = self.made.remove(irql) {
            base.retain(irql, &shared.ledger);
        }
    }
}

/// # Safety
///
/// As for [`DeviceInterrupt::make`].
unsafe fn create(
    base: &Base,
    irql: &mut Irql<'_, Passive>,
    resources: &Resources,
    shared: Shared,
) -> Result<Connected, NTSTATUS> {
    let [raw, translated] = resources.descriptors;
    let config = Config::new()
        .reported_inactive()
        .of_descriptors(raw.cast(), translated.cast());
    // SAFETY: The device is live and this is its EvtDevicePrepareHardware; the descriptors are those of one interrupt in its
    // lists. The result is used until EvtDeviceReleaseHardware returns.
    let made = unsafe { Shared::KIND.create(irql, base.device().cast(), &config) }?;
    match made.install(irql, shared) {
        Ok(()) => Ok(made),
        // It has been made just now, and has no handler.
        Err(_) => Err(STATUS_INVALID_DEVICE_STATE),
    }
}
