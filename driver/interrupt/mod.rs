//! The device's interrupt: where it is, and its way between its places.
//!
//! It is in one of two places. *Live*, it is active, the device may interrupt, and closures synchronize
//! on it. *Parked*, NT has been told that the interrupt is inactive, its service routine keeps away from the device, and
//! nobody can synchronize on it, for no page says what that would do. What moves it between the places waits until
//! nobody uses the one it leaves. One caller at a time moves it: the framework's power callbacks, and
//! requests that own [`Device::exclusive`].
//!
//! The device may raise a cause by itself at any moment. On the way between the places, and through a reconnect, its
//! line is live while nothing listens yet, or any more; so the registers are within the service routine's reach
//! ([`Device::reach`]) from before the interrupt is connected or active until after it is neither.

mod look;
mod places;
mod reconnect;

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use dirql::{Interrupt, Irql, Level, Passive, Revocable, TranslatedInterrupt, atomics::Field};
use dirql_ioctl::Status;

use crate::{device::Device, ledger::Ledger, shared::Shared};

/// The interrupt is in one of its places, or on the way between them.
const HERE: u8 = 0;
/// The interrupt is being connected by another kind.
const RECONNECTING: u8 = 1;
/// There is no interrupt any more: a failed reconnect has left none, or nothing ran under its lock.
const LOST: u8 = 2;

/// The interrupt of a started device.
pub(crate) struct DeviceInterrupt {
    live: Revocable<Interrupt<Shared>>,
    parked: Revocable<Parked>,
    /// One of [`HERE`], [`RECONNECTING`] and [`LOST`].
    whereabouts: AtomicU8,
    /// Whether the user wants the interrupt active while the device is in D0.
    wanted: AtomicBool,
    resource: TranslatedInterrupt,
}

/// An inactive interrupt, and a copy of the records in it: nobody may synchronize to read them.
struct Parked {
    interrupt: Interrupt<Shared>,
    ledger: Ledger,
}

impl DeviceInterrupt {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 2] = dirql::atomic_fields!(Self: whereabouts, wanted);

    /// Parks a connected interrupt.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    pub(crate) fn new(
        device: &Device,
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
        new.put_aside(device, irql, interrupt)?;
        Ok(new)
    }

    /// Takes the interrupt out, silent and inactive, unless it is lost.
    pub(crate) fn take(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
    ) -> Option<Interrupt<Shared>> {
        // An interrupt that cannot be parked is disconnected and its records are retained: there is
        // nothing left to take.
        self.park(device, irql).ok()?;
        let parked = self.parked.revoke(irql).ok().flatten();
        parked.map(|parked| parked.interrupt)
    }

    /// Makes the interrupt live, if it is parked and wanted. The device is in D0.
    ///
    /// # Errors
    ///
    /// As for [`park`](Self::park).
    pub(crate) fn unpark(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<(), Status> {
        if self.wanted.load(Ordering::Relaxed)
            && let Ok(Some(parked)) = self.parked.revoke(irql)
        {
            // The line may be asserted already.
            device.reach.open();
            parked.interrupt.set_active(irql);
            self.go_live(device, irql, parked.interrupt)?;
        }
        Ok(())
    }

    /// Silences the device and parks the interrupt, if it is live.
    ///
    /// # Errors
    ///
    /// `INTERNAL_ERROR` where the system did not run the closure that does it under the lock. There is no
    /// interrupt any more, and its records are retained.
    pub(crate) fn park(&self, device: &Device, irql: &mut Irql<'_, Passive>) -> Result<(), Status> {
        match self.live.revoke(irql) {
            Ok(Some(interrupt)) => self.put_aside(device, irql, interrupt),
            _ => Ok(()),
        }
    }

    /// Says whether the user wants the interrupt active, and whether that changed.
    pub(crate) fn want(&self, active: bool) -> bool {
        self.wanted.swap(active, Ordering::Relaxed) != active
    }

    /// Runs `body` on the live interrupt.
    pub(crate) fn with<'cx, L: Level, R>(
        &self,
        irql: &mut Irql<'cx, L>,
        body: impl FnOnce(&Interrupt<Shared>, &mut Irql<'cx, L>) -> R,
    ) -> Result<R, Status> {
        self.live
            .access(irql, body)
            .ok_or_else(|| self.without_interrupt())
    }

    /// The interrupt that the system has assigned to the device.
    pub(crate) const fn resource(&self) -> TranslatedInterrupt {
        self.resource
    }

    /// Why there is no interrupt in the place that was looked at.
    fn without_interrupt(&self) -> Status {
        match self.whereabouts.load(Ordering::Relaxed) {
            LOST => Status::DEVICE_NOT_READY,
            _ => Status::INVALID_DEVICE_STATE,
        }
    }
}
