//! The device's interrupt: where it is, and its way between its places.
//!
//! It is in one of two places. *Live*, it is active, the device may interrupt, and closures synchronize
//! on it. *Parked*, NT has been told that the interrupt is inactive, its service routine keeps away from the device, and
//! nobody can synchronize on it, for no page says what that would do. What moves it between the places waits until
//! nobody uses the one it leaves. One caller at a time moves it: the framework's power callbacks, and
//! requests that own the connection ([`Exclusive`](crate::exclusive::Exclusive)).
//!
//! The device may raise a cause by itself at any moment. On the way between the places, and through a reconnect, its
//! line is live while nothing listens yet, or any more; so the registers are within the service routine's reach
//! ([`Base::reach`]) from before the interrupt is connected or active until after it is neither.

mod base;
mod connect;
mod look;
mod places;
mod reconnect;

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use dirql::{Interrupt, Irql, Level, Revocable, TranslatedInterrupt, atomics::Field};
use dirql_ioctl::Status;

use crate::{ledger::Ledger, shared::Shared};

pub(crate) use base::Base;
pub(crate) use connect::{connect_first, serves, start_status};

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
