//! A started device: its register window, its interrupt, and the soft state of the interrupt.
//!
//! The interrupt is in one of two places. *Live*, it is active, the device may interrupt, and closures
//! synchronize on it. *Parked*, the device is silent, NT has been told that the interrupt is inactive,
//! and nobody can synchronize on it, for no page says what that would do. What moves it between the
//! places waits until nobody uses the one it leaves.

use core::sync::atomic::{AtomicBool, Ordering};

use dirql::{
    ConnectError, ConnectFailure, Connection, ConnectionInfo, ConnectionKind, Interrupt, Irql,
    Level, Passive, PhysicalDevice, Revocable, TranslatedInterrupt, WithoutMessages,
};
use dirql_ioctl::Status;
use wdk_sys::{
    NTSTATUS, STATUS_DEVICE_CONFIGURATION_ERROR, STATUS_INSUFFICIENT_RESOURCES,
    STATUS_INVALID_DEVICE_STATE, STATUS_NOT_SUPPORTED, call_unsafe_wdf_function_binding,
};

use crate::{
    board::BoardRef, device::Device, ledger::Ledger, mapping::Mapping, registers::Registers,
    resources::Resources, shared::Shared,
};

/// What a device has between `EvtDevicePrepareHardware` and `EvtDeviceReleaseHardware`.
///
/// The interrupt stands before the mapping that its service routine reads: fields are dropped in this
/// order.
pub(crate) struct Hardware {
    live: Revocable<Interrupt<Shared>>,
    parked: Revocable<Parked>,
    /// Whether a failed reconnect has left no interrupt at all.
    lost: AtomicBool,
    /// Whether the user wants the interrupt active while the device is in D0.
    wanted: AtomicBool,
    resource: TranslatedInterrupt,
    identification: u32,
    _mapping: Mapping,
}

/// An inactive interrupt, and a copy of the records in it: nobody may synchronize to read them.
pub(crate) struct Parked {
    interrupt: Interrupt<Shared>,
    ledger: Ledger,
}

impl Hardware {
    /// Maps the registers and connects the interrupt, parked.
    ///
    /// # Errors
    ///
    /// What failed, as a status for `EvtDevicePrepareHardware`. Nothing is left mapped or connected, and
    /// the records are retained again.
    ///
    /// # Safety
    ///
    /// `resources` are those with which `device` is being started. The result is torn down
    /// ([`stop`](Self::stop)) before `EvtDeviceReleaseHardware` returns.
    pub(crate) unsafe fn start(
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        resources: &Resources,
    ) -> Result<Self, NTSTATUS> {
        // SAFETY: The memory is the device's, found to be large enough, and stays its own until
        // EvtDeviceReleaseHardware has returned.
        let mapping = unsafe { Mapping::new(irql, resources.registers) }
            .ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
        // SAFETY: The registers are used by this function and by the interrupt, which is disconnected
        // before the mapping goes.
        let registers = unsafe { mapping.registers() };
        let identification = registers.identification();
        if !Registers::is_edu(identification) {
            return Err(STATUS_DEVICE_CONFIGURATION_ERROR);
        }
        // Connected, but not ready to serve it, the driver must not be interrupted by its own device.
        registers.silence();

        // SAFETY: The board is in the device's context, which outlives the hardware.
        let board = unsafe { BoardRef::new(&device.board) };
        let retained = device.retained.revoke(irql).ok().flatten();
        let ledger = retained.unwrap_or(Ledger::NEW);
        let shared = Shared::new(registers, device.dpc(), board, &ledger);
        let kind = ConnectionKind::FullySpecifiedGroup;
        // SAFETY: The interrupt is the device's, translated and assigned as long as the hardware; `stop`
        // disconnects it.
        let connected = unsafe { connect(device, irql, resources.interrupt, kind, shared) };
        let interrupt = match connected {
            Ok(interrupt) => interrupt,
            Err(error) => {
                retain(device, irql, &error.handler.ledger);
                return Err(start_status(error.failure));
            }
        };
        let hardware = Self {
            live: Revocable::new(),
            parked: Revocable::new(),
            lost: AtomicBool::new(false),
            wanted: AtomicBool::new(true),
            resource: resources.interrupt,
            identification,
            _mapping: mapping,
        };
        hardware.put_aside(irql, interrupt);
        Ok(hardware)
    }

    /// Disconnects the interrupt and unmaps the registers.
    ///
    /// The caller has taken the hardware out of the device, so that no request uses it any more. The
    /// order matters: the device is silent before its interrupt goes, the service routine has run for
    /// the last time before the DPC that it queues is waited out, and nothing reads a register after
    /// that.
    pub(crate) fn stop(self, device: &Device, irql: &mut Irql<'_, Passive>) {
        self.park(irql);
        let parked = self.parked.revoke(irql).ok().flatten();
        if let Some(shared) = parked.and_then(|parked| parked.interrupt.disconnect(irql).ok()) {
            retain(device, irql, &shared.ledger);
        }
        device.dpc().cancel_and_wait(irql);
        device.waits().purge();
        drop(self);
    }

    /// Makes the interrupt live, if it is parked and wanted.
    pub(crate) fn unpark(&self, device: &Device, irql: &mut Irql<'_, Passive>) {
        if !self.wanted.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(Some(parked)) = self.parked.revoke(irql) {
            parked.interrupt.set_active(irql);
            self.go_live(device, irql, parked.interrupt);
        }
    }

    /// Silences the device and parks the interrupt, if it is live.
    pub(crate) fn park(&self, irql: &mut Irql<'_, Passive>) {
        if let Ok(Some(interrupt)) = self.live.revoke(irql) {
            self.put_aside(irql, interrupt);
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
    /// kind; `DEVICE_CONFIGURATION_ERROR` where it refused the old kind too.
    pub(crate) fn reconnect(
        &self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        kind: ConnectionKind,
    ) -> Result<(), NTSTATUS> {
        let Ok(Some(interrupt)) = self.live.revoke(irql) else {
            return Err(STATUS_INVALID_DEVICE_STATE);
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
                self.go_live(device, irql, error.interrupt);
                return Err(STATUS_INVALID_DEVICE_STATE);
            }
        };
        // SAFETY: The interrupt is the device's, translated and assigned as long as the hardware; `stop`
        // disconnects it.
        let failed = match unsafe { connect(device, irql, self.resource, kind, shared) } {
            Ok(interrupt) => {
                self.go_live(device, irql, interrupt);
                return Ok(());
            }
            Err(error) => error,
        };
        // SAFETY: As above.
        match unsafe { connect(device, irql, self.resource, old, failed.handler) } {
            Ok(interrupt) => {
                self.go_live(device, irql, interrupt);
                Err(connect_status(failed.failure))
            }
            Err(error) => {
                self.lost.store(true, Ordering::Relaxed);
                retain(device, irql, &error.handler.ledger);
                Err(STATUS_DEVICE_CONFIGURATION_ERROR)
            }
        }
    }

    /// Runs `body` on the live interrupt.
    pub(crate) fn with_interrupt<'cx, L: Level, R>(
        &self,
        irql: &mut Irql<'cx, L>,
        body: impl FnOnce(&Interrupt<Shared>, &mut Irql<'cx, L>) -> R,
    ) -> Result<R, Status> {
        self.live
            .access(irql, body)
            .ok_or_else(|| self.without_interrupt())
    }

    /// How the interrupt is connected, and whether it is active.
    pub(crate) fn connection(
        &self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<(ConnectionInfo, bool), Status> {
        if let Some(info) = self.live.access(irql, |interrupt, _| interrupt.info()) {
            return Ok((info, true));
        }
        self.parked
            .access(irql, |parked, _| (parked.interrupt.info(), false))
            .ok_or_else(|| self.without_interrupt())
    }

    /// A copy of the records in a parked interrupt.
    pub(crate) fn parked_ledger<L: Level>(&self, irql: &mut Irql<'_, L>) -> Option<Ledger> {
        self.parked.access(irql, |parked, _| parked.ledger)
    }

    /// The interrupt that the system has assigned to the device.
    pub(crate) const fn resource(&self) -> TranslatedInterrupt {
        self.resource
    }

    /// What the identification register said at the start.
    pub(crate) const fn identification(&self) -> u32 {
        self.identification
    }

    /// Why there is no interrupt in the place that was looked at.
    fn without_interrupt(&self) -> Status {
        if self.lost.load(Ordering::Relaxed) {
            Status::DEVICE_NOT_READY
        } else {
            Status::INVALID_DEVICE_STATE
        }
    }

    /// Lets the device interrupt on an active interrupt, and publishes it.
    fn go_live(&self, device: &Device, irql: &mut Irql<'_, Passive>, interrupt: Interrupt<Shared>) {
        if let Err(not_run) = interrupt.synchronize(irql, Shared::power_up) {
            device.counters.count_not_run(not_run);
        }
        // The place is empty: only the owner of the interrupt fills it. What came back would be
        // disconnected by its destructor, here at PASSIVE_LEVEL.
        drop(self.live.publish(irql, interrupt));
    }

    /// Silences the device, reports the interrupt inactive, and publishes it as parked.
    fn put_aside(&self, irql: &mut Irql<'_, Passive>, interrupt: Interrupt<Shared>) {
        let Ok(ledger) = interrupt.synchronize(irql, Shared::quiesce) else {
            // Nothing under the lock can be relied on; the destructor disconnects.
            self.lost.store(true, Ordering::Relaxed);
            return;
        };
        // SAFETY: The interrupt is in no place that anybody synchronizes on, and comes to one only after
        // `set_active`, in `unpark`.
        unsafe { interrupt.set_inactive(irql) };
        drop(self.parked.publish(irql, Parked { interrupt, ledger }));
    }
}

/// Connects `shared` to the interrupt of a device by `kind`.
///
/// # Errors
///
/// The reason, with `shared`.
///
/// # Safety
///
/// As for [`Interrupt::connect`]: `interrupt` is the device's, and the result is disconnected before
/// `EvtDeviceReleaseHardware` returns.
#[expect(
    clippy::result_large_err,
    reason = "the state that was to be connected comes back by value: nothing here allocates"
)]
unsafe fn connect(
    device: &Device,
    irql: &mut Irql<'_, Passive>,
    interrupt: TranslatedInterrupt,
    kind: ConnectionKind,
    shared: Shared,
) -> Result<Interrupt<Shared>, ConnectError<Shared>> {
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    let object = unsafe {
        call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, device.handle())
    };
    let Some(object) = PhysicalDevice::new(object) else {
        return Err(ConnectError {
            failure: ConnectFailure::NoMessages,
            handler: shared,
        });
    };
    let to = match kind {
        ConnectionKind::FullySpecified => Connection::FullySpecified {
            device: object,
            interrupt,
        },
        ConnectionKind::FullySpecifiedGroup => Connection::FullySpecifiedGroup {
            device: object,
            interrupt,
        },
        ConnectionKind::LineBased => Connection::LineBased { device: object },
        ConnectionKind::MessageBased => Connection::MessageBased {
            device: object,
            without_messages: WithoutMessages::ConnectLine,
        },
    };
    // SAFETY: The object is the one the bus driver made for this device, and the rest is the caller's
    // promise.
    let interrupt = unsafe { Interrupt::connect(irql, to, shared) }?;
    device.generation.fetch_add(1, Ordering::Relaxed);
    Ok(interrupt)
}

/// Keeps the records for the next connection.
fn retain(device: &Device, irql: &mut Irql<'_, Passive>, ledger: &Ledger) {
    // The place is empty while an interrupt is connected, for connecting takes the records out.
    let _ = device.retained.publish(irql, *ledger);
}

/// The status of a failed connect.
const fn connect_status(failure: ConnectFailure) -> NTSTATUS {
    match failure {
        ConnectFailure::Refused(status) => status,
        ConnectFailure::NoMemory => STATUS_INSUFFICIENT_RESOURCES,
        _ => STATUS_DEVICE_CONFIGURATION_ERROR,
    }
}

/// The status of a start that failed to connect. `STATUS_NOT_SUPPORTED` has a meaning of its own there
/// (nc-wdfdevice-evt_wdf_device_prepare_hardware).
const fn start_status(failure: ConnectFailure) -> NTSTATUS {
    match connect_status(failure) {
        STATUS_NOT_SUPPORTED => STATUS_DEVICE_CONFIGURATION_ERROR,
        status => status,
    }
}
