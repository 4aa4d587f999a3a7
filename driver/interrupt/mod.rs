//! The device's interrupt: where it is, and its way between its places.
//!
//! It is in one of two places. *Live*, it is active, the device may interrupt, and closures synchronize on it. *Parked*,
//! NT has been told that the interrupt is inactive, and its service routine keeps away from the device. Nothing can
//! synchronize on it, for no page says what that would do. What moves it between the places waits until nothing uses the
//! one it leaves. One caller at a time moves it: the framework's power callbacks, and requests that own the connection
//! ([`Exclusive`](crate::exclusive::Exclusive)).
//!
//! The device may raise a cause by itself at any moment. On the way between the places, and through a reconnect, its
//! line is live while nothing listens yet, or any more; so the registers are within the service routine's reach
//! ([`Base::reach`]) from before the interrupt is connected or active until after it is neither.
//!
//! Whose the interrupt is, the build says: `dirql_driver.sys` connects one of its own, `dirql_wdf.sys` has the framework
//! connect it (`framework`). What differs is how it is made, moved, reconnected and given up; all else is the same source.

mod base;
#[cfg(not(framework_interrupt))]
mod connect;
#[cfg(framework_interrupt)]
mod framework;
mod look;
#[cfg(not(framework_interrupt))]
mod places;
#[cfg(not(framework_interrupt))]
mod reconnect;
#[cfg(not(framework_interrupt))]
mod routine;

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use dirql::{Irql, Level, Revocable, TranslatedInterrupt, atomics::Field};
use dirql_ioctl::Status;

use crate::{ledger::Ledger, shared::Shared};

pub(crate) use base::Base;
#[cfg(not(framework_interrupt))]
use connect::describe;
#[cfg(framework_interrupt)]
pub(crate) use framework::call_in_power;
#[cfg(framework_interrupt)]
use framework::describe;
#[cfg(not(framework_interrupt))]
pub(crate) use places::call_in_power;

/// The interrupt as requests and the DPC synchronize on it.
#[cfg(not(framework_interrupt))]
pub(crate) type Connected = dirql::Interrupt<Shared>;
/// The interrupt as requests and the DPC synchronize on it.
#[cfg(framework_interrupt)]
pub(crate) type Connected = dirql::wdf::FrameworkInterrupt<Shared>;

/// The interrupt is in one of its places, or on the way between them.
const HERE: u8 = 0;
/// The interrupt is being connected by another kind.
const RECONNECTING: u8 = 1;
/// There is no interrupt any more: a failed reconnect has left none, or nothing ran under its lock.
const LOST: u8 = 2;

/// The interrupt of a started device.
pub(crate) struct DeviceInterrupt {
    live: Revocable<Connected>,
    parked: Revocable<Parked>,
    /// The interrupt wherever it is, which the framework has for as long as the device is started.
    #[cfg(framework_interrupt)]
    made: Connected,
    /// One of [`HERE`], [`RECONNECTING`] and [`LOST`].
    whereabouts: AtomicU8,
    /// Whether the user wants the interrupt active while the device is in D0.
    wanted: AtomicBool,
    resource: TranslatedInterrupt,
}

/// An inactive interrupt, and a copy of the records in it: nothing may synchronize to read them.
struct Parked {
    interrupt: Connected,
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
        body: impl FnOnce(&Connected, &mut Irql<'cx, L>) -> R,
    ) -> Result<R, Status> {
        self.live
            .access(irql, body)
            .ok_or_else(|| self.without_interrupt())
    }

    /// Why there is no interrupt in the place that was looked at.
    fn without_interrupt(&self) -> Status {
        match self.whereabouts.load(Ordering::Relaxed) {
            LOST => Status::DEVICE_NOT_READY,
            _ => Status::INVALID_DEVICE_STATE,
        }
    }
}
