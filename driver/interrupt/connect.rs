//! Connecting the interrupt, by any of NT's kinds.

use dirql::{
    ConnectError, ConnectFailure, Connection, ConnectionKind, Interrupt, InterruptMode, Irql,
    Passive, PhysicalDevice, TranslatedInterrupt, WithoutMessages,
    call_unsafe_wdf_function_binding,
};
use dirql_ioctl::connection::{ConnectionInfo, Kind, MODE_LATCHED, MODE_LEVEL_SENSITIVE};
use wdk_sys::{
    NTSTATUS, STATUS_DEVICE_CONFIGURATION_ERROR, STATUS_INSUFFICIENT_RESOURCES,
    STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_1, STATUS_NOT_SUPPORTED,
};

use super::base::Base;
use crate::{shared::Shared, trace};

/// How the interrupt is connected at the start: by the one kind that reaches every processor group, or, on a system
/// that does not know that, by another.
const FIRST_KINDS: [ConnectionKind; 4] = [
    ConnectionKind::FullySpecifiedGroup,
    ConnectionKind::FullySpecified,
    ConnectionKind::MessageBased,
    ConnectionKind::LineBased,
];

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
pub(super) unsafe fn connect(
    base: &Base,
    irql: &mut Irql<'_, Passive>,
    interrupt: TranslatedInterrupt,
    kind: ConnectionKind,
    shared: Shared,
) -> Result<Interrupt<Shared>, ConnectError<Shared>> {
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    let object =
        unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, base.device()) };
    let Some(object) = PhysicalDevice::new(object.cast()) else {
        return Err(ConnectError {
            // NT is not asked, and would have no other name for it: the parameters want an object.
            failure: ConnectFailure::Refused(STATUS_INVALID_PARAMETER),
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
    let connected = unsafe { Interrupt::connect(irql, to, shared) };
    let interrupt = match connected {
        Ok(interrupt) => interrupt,
        Err(error) => {
            trace::connected(kind as u32, Err(connect_status(error.failure)));
            return Err(error);
        }
    };
    trace::connected(kind as u32, Ok(base.count_connection()));
    Ok(interrupt)
}

/// Connects `shared` at the start of a device: by the first of the driver's kinds that the interrupt can be connected
/// by and that the system knows.
///
/// # Errors
///
/// The reason why the last of them failed, or why another failed that the system does know, with `shared`.
///
/// # Safety
///
/// As for [`connect`].
#[expect(
    clippy::result_large_err,
    reason = "the state that was to be connected comes back by value: nothing here allocates"
)]
pub(super) unsafe fn connect_first(
    base: &Base,
    irql: &mut Irql<'_, Passive>,
    interrupt: TranslatedInterrupt,
    shared: Shared,
) -> Result<Interrupt<Shared>, ConnectError<Shared>> {
    let mut failed = ConnectError {
        failure: ConnectFailure::Refused(STATUS_NOT_SUPPORTED),
        handler: shared,
    };
    for kind in FIRST_KINDS {
        if !serves(&interrupt, kind) {
            continue;
        }
        // SAFETY: As the caller promises.
        match unsafe { connect(base, irql, interrupt, kind, failed.handler) } {
            Ok(interrupt) => return Ok(interrupt),
            Err(error) => failed = error,
        }
        if !is_unknown_kind(failed.failure) {
            break;
        }
    }
    Err(failed)
}

/// Whether the system has refused a connect because it does not know the kind: the page's status, or the one that drivers
/// look for besides (nf-wdm-ioconnectinterruptex).
const fn is_unknown_kind(failure: ConnectFailure) -> bool {
    matches!(
        failure,
        ConnectFailure::Refused(STATUS_INVALID_PARAMETER_1 | STATUS_NOT_SUPPORTED)
    )
}

/// Whether the interrupt can be connected by `kind` at all, as far as its resource says: a line cannot be
/// found for a message, and a processor group is named by one kind only.
pub(super) const fn serves(interrupt: &TranslatedInterrupt, kind: ConnectionKind) -> bool {
    match kind {
        ConnectionKind::FullySpecified => interrupt.group() == 0,
        ConnectionKind::LineBased => !interrupt.is_message(),
        ConnectionKind::MessageBased | ConnectionKind::FullySpecifiedGroup => true,
    }
}

/// The status of a failed connect: the system's own, or that the interrupt is none that the adapter, or the system,
/// serves by this kind.
pub(super) const fn connect_status(failure: ConnectFailure) -> NTSTATUS {
    match failure {
        unknown if is_unknown_kind(unknown) => STATUS_NOT_SUPPORTED,
        ConnectFailure::Refused(status) => status,
        ConnectFailure::NoMemory => STATUS_INSUFFICIENT_RESOURCES,
        _ => STATUS_NOT_SUPPORTED,
    }
}

/// The status of a start that failed to connect. `STATUS_NOT_SUPPORTED` has a meaning of its own there
/// (nc-wdfdevice-evt_wdf_device_prepare_hardware).
pub(super) const fn start_status(failure: ConnectFailure) -> NTSTATUS {
    match connect_status(failure) {
        STATUS_NOT_SUPPORTED => STATUS_DEVICE_CONFIGURATION_ERROR,
        status => status,
    }
}

/// The kind as the adapter names it; none for that of another image.
pub(super) const fn connection_kind(kind: Kind) -> Option<ConnectionKind> {
    Some(match kind {
        Kind::FullySpecified => ConnectionKind::FullySpecified,
        Kind::Line => ConnectionKind::LineBased,
        Kind::Message => ConnectionKind::MessageBased,
        Kind::FullySpecifiedGroup => ConnectionKind::FullySpecifiedGroup,
        Kind::Framework => return None,
    })
}

// The adapter's kinds have NT's numbers, and so have the contract's: a reply carries them as they are.
const _: () = assert!(ConnectionKind::FullySpecified as u32 == Kind::FullySpecified as u32);
const _: () = assert!(ConnectionKind::LineBased as u32 == Kind::Line as u32);
const _: () = assert!(ConnectionKind::MessageBased as u32 == Kind::Message as u32);
const _: () =
    assert!(ConnectionKind::FullySpecifiedGroup as u32 == Kind::FullySpecifiedGroup as u32);

/// How the interrupt is connected.
///
/// What NT does not tell of a line stands in the line's resource; the one interrupt of the device is
/// held at its own level.
pub(super) fn describe(
    interrupt: &Interrupt<Shared>,
    resource: &TranslatedInterrupt,
) -> ConnectionInfo {
    let info = interrupt.info();
    let level = resource.level();
    ConnectionInfo {
        kind_asked: info.asked as u32,
        kind_got: info.made as u32,
        vector: info.vector.unwrap_or(resource.vector()),
        irql: u32::from(info.irql.unwrap_or(level)),
        synchronize_irql: u32::from(info.synchronize_irql.unwrap_or(level)),
        mode: match info.mode.unwrap_or(resource.mode()) {
            InterruptMode::LevelSensitive => MODE_LEVEL_SENSITIVE,
            InterruptMode::Latched => MODE_LATCHED,
        },
        message_count: if resource.is_message() {
            info.messages.max(1)
        } else {
            info.messages
        },
        active: 0,
        generation: 0,
        resource_is_message: u32::from(resource.is_message()),
    }
}
