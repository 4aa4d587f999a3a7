//! What of a device stays while its interrupt comes and goes.

use core::{
    ffi::c_void,
    sync::atomic::{AtomicPtr, AtomicU32, Ordering},
};

use dirql::{Irql, Passive, Revocable, atomics::Field};
use wdk_sys::WDFDEVICE;

use crate::{counters::Counters, ledger::Ledger, reach::Reach};

/// What an interrupt is connected with, and what outlives each connection.
///
/// Zero bytes are the base of a device whose interrupt was never connected.
pub(crate) struct Base {
    device: AtomicPtr<c_void>,
    /// How many times the interrupt has been connected.
    generation: AtomicU32,
    /// What is counted outside the interrupt lock.
    pub(crate) counters: Counters,
    /// Whether the service routine may touch the device.
    pub(crate) reach: Reach,
    /// What the service routine had counted, while no interrupt is connected.
    retained: Revocable<Ledger>,
}

impl Base {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 2] = dirql::atomic_fields!(Self: device, generation);

    /// Names the device, which is being added.
    pub(crate) fn name(&self, device: WDFDEVICE) {
        self.device.store(device.cast(), Ordering::Relaxed);
    }

    /// The framework's handle of the device.
    pub(super) fn device(&self) -> WDFDEVICE {
        self.device.load(Ordering::Relaxed).cast()
    }

    /// Counts a connection, and says which it is, counted from 1.
    pub(super) fn count_connection(&self) -> u32 {
        let before = self.generation.fetch_add(1, Ordering::Relaxed);
        before.wrapping_add(1)
    }

    /// How many times the interrupt has been connected.
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Keeps the records for the next connection.
    pub(crate) fn retain(&self, irql: &mut Irql<'_, Passive>, ledger: &Ledger) {
        // The place is empty while an interrupt is connected, for connecting takes the records out.
        let _ = self.retained.publish(irql, *ledger);
    }

    /// The records of the connection before, for the next one.
    pub(crate) fn take_retained(&self, irql: &mut Irql<'_, Passive>) -> Ledger {
        let retained = self.retained.revoke(irql).ok().flatten();
        retained.unwrap_or(Ledger::NEW)
    }
}
