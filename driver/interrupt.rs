//! The device's interrupt: where it is, and its way between its places.
//!
//! It is in one of two places. *Live*, it is active, the device may interrupt, and closures synchronize
//! on it. *Parked*, the device is silent, NT has been told that the interrupt is inactive, and nobody can
//! synchronize on it, for no page says what that would do. What moves it between the places waits until
//! nobody uses the one it leaves. One caller at a time moves it: the framework's power callbacks, and
//! requests that own [`Device::exclusive`].

use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use dirql::{
    ConnectionInfo, ConnectionKind, Interrupt, Irql, Level, NotRun, Passive, Revocable,
    TranslatedInterrupt,
};
use dirql_ioctl::Status;
use wdk_sys::{NTSTATUS, STATUS_DEVICE_CONFIGURATION_ERROR, STATUS_INVALID_DEVICE_STATE};

use crate::{
    connect::{connect, connect_status},
    device::Device,
    ledger::Ledger,
    shared::Shared,
    status::ntstatus,
    thread::pause,
};

/// The interrupt is in one of its places, or on the way between them.
const HERE: u8 = 0;
/// The interrupt is being connected by another kind.
const RECONNECTING: u8 = 1;
/// There is no interrupt any more: a failed reconnect has left none, or nothing ran under its lock.
const LOST: u8 = 2;

/// How often a request looks for an interrupt that is on its way between its places, a millisecond or a
/// tick of the clock apart. The way is shorter than that.
const LOOKS: u32 = 100;

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
pub(crate) struct Parked {
    interrupt: Interrupt<Shared>,
    ledger: Ledger,
}

impl DeviceInterrupt {
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

    /// Makes the interrupt live, if it is parked and wanted.
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

    /// Connects the interrupt by another kind, or as before where that fails.
    ///
    /// # Errors
    ///
    /// `INVALID_DEVICE_STATE` where the interrupt is not live; the system's status, where it refused the
    /// kind; `DEVICE_CONFIGURATION_ERROR` where it refused the old kind too; as for
    /// [`park`](Self::park).
    pub(crate) fn reconnect(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        kind: ConnectionKind,
    ) -> Result<(), NTSTATUS> {
        self.whereabouts.store(RECONNECTING, Ordering::Release);
        let result = self.connect_again(device, irql, kind);
        let whereabouts = match result {
            Err(Failed { lost: true, .. }) => LOST,
            _ => HERE,
        };
        self.whereabouts.store(whereabouts, Ordering::Release);
        result.map_err(|failed| failed.status)
    }

    /// The work of [`reconnect`](Self::reconnect).
    fn connect_again(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        kind: ConnectionKind,
    ) -> Result<(), Failed> {
        let Ok(Some(interrupt)) = self.live.revoke(irql) else {
            return Err(Failed::as_before(STATUS_INVALID_DEVICE_STATE));
        };
        let old = interrupt.info().asked;
        if let Err(not_run) = interrupt.synchronize(irql, |shared| {
            shared.quiesce();
        }) {
            device.counters.count_not_run(not_run);
        }
        let shared = match interrupt.disconnect(irql) {
            Ok(shared) => shared,
            Err(error) => {
                self.go_live(device, irql, error.interrupt)?;
                return Err(Failed::as_before(STATUS_INVALID_DEVICE_STATE));
            }
        };
        // SAFETY: The interrupt is the device's, translated and assigned as long as its hardware, which
        // disconnects it when it stops.
        let failed = match unsafe { connect(device, irql, self.resource, kind, shared) } {
            Ok(interrupt) => return Ok(self.go_live(device, irql, interrupt)?),
            Err(error) => error,
        };
        // SAFETY: As above.
        match unsafe { connect(device, irql, self.resource, old, failed.handler) } {
            Ok(interrupt) => {
                self.go_live(device, irql, interrupt)?;
                Err(Failed::as_before(connect_status(failed.failure)))
            }
            Err(error) => {
                device.retain(irql, &error.handler.ledger);
                Err(Failed {
                    status: STATUS_DEVICE_CONFIGURATION_ERROR,
                    lost: true,
                })
            }
        }
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

    /// How the interrupt is connected, and whether it is active.
    ///
    /// # Errors
    ///
    /// `INVALID_DEVICE_STATE` while it is being reconnected, `DEVICE_NOT_READY` where it is lost.
    pub(crate) fn connection(
        &self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<(ConnectionInfo, bool), Status> {
        self.look(
            irql,
            |interrupt, _| (interrupt.info(), true),
            |parked| (parked.interrupt.info(), false),
        )
    }

    /// A copy of the records behind the lock, live or parked.
    ///
    /// # Errors
    ///
    /// As for [`connection`](Self::connection).
    pub(crate) fn ledger(
        &self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<Result<Ledger, NotRun>, Status> {
        self.look(
            irql,
            |interrupt, irql| interrupt.synchronize(irql, |shared| shared.ledger),
            |parked| Ok(parked.ledger),
        )
    }

    /// Looks at the interrupt where it is, and waits for it where it is on its way.
    fn look<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        live: impl Fn(&Interrupt<Shared>, &mut Irql<'_, Passive>) -> R,
        parked: impl Fn(&Parked) -> R,
    ) -> Result<R, Status> {
        for _ in 0..LOOKS {
            if let Some(seen) = self
                .live
                .access(irql, |interrupt, irql| live(interrupt, irql))
            {
                return Ok(seen);
            }
            if let Some(seen) = self.parked.access(irql, |at, _| parked(at)) {
                return Ok(seen);
            }
            if self.whereabouts.load(Ordering::Acquire) != HERE {
                break;
            }
            pause(irql);
        }
        Err(self.without_interrupt())
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

    /// Lets the device interrupt on an active interrupt, and publishes it.
    fn go_live(
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

    /// Silences the device, reports the interrupt inactive, and publishes it as parked.
    fn put_aside(
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
        drop(self.parked.publish(irql, Parked { interrupt, ledger }));
        Ok(())
    }

    /// Gives up an interrupt under whose lock nothing runs: a device that is half silent, or half ready,
    /// is worse than one without an interrupt.
    fn lose(
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
        Status::INTERNAL_ERROR
    }
}

/// Why a reconnect failed.
struct Failed {
    status: NTSTATUS,
    /// Whether there is no interrupt any more.
    lost: bool,
}

impl From<Status> for Failed {
    /// A failure that cost the interrupt.
    fn from(status: Status) -> Self {
        Self {
            status: ntstatus(status),
            lost: true,
        }
    }
}

impl Failed {
    /// A failure that left the interrupt connected as it was.
    const fn as_before(status: NTSTATUS) -> Self {
        Self {
            status,
            lost: false,
        }
    }
}
