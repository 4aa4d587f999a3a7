//! How the interrupt is connected: the query and the reconnect messages.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A way to connect an interrupt, as the contract numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// `CONNECT_FULLY_SPECIFIED`: vector, IRQL and affinity from the translated descriptor.
    FullySpecified = 1,
    /// `CONNECT_LINE_BASED`: the system finds the device's line.
    Line = 2,
    /// `CONNECT_MESSAGE_BASED`, with a fallback to the line where there are no messages.
    Message = 3,
    /// `CONNECT_FULLY_SPECIFIED_GROUP`: as fully specified, with a processor group.
    FullySpecifiedGroup = 4,
    /// The framework connects the interrupt, a `WDFINTERRUPT`, by a kind of NT's that it tells nothing.
    Framework = 0x100,
}

impl Kind {
    /// Every kind by which a driver connects an interrupt itself, in the order of the numbers. They are NT's.
    pub const ALL: [Self; 4] = [
        Self::FullySpecified,
        Self::Line,
        Self::Message,
        Self::FullySpecifiedGroup,
    ];

    /// The kind that `value` numbers.
    #[must_use]
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::FullySpecified),
            2 => Some(Self::Line),
            3 => Some(Self::Message),
            4 => Some(Self::FullySpecifiedGroup),
            0x100 => Some(Self::Framework),
            _ => None,
        }
    }
}

/// `mode` of a level-triggered interrupt (INTx).
pub const MODE_LEVEL_SENSITIVE: u32 = 0;
/// `mode` of an edge or a message (MSI).
pub const MODE_LATCHED: u32 = 1;

/// How the interrupt is connected right now. 40 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct ConnectionInfo {
    /// The [`Kind`] that was asked for. [`Kind::Framework`] says which image this is: the one whose interrupt is the
    /// framework's has no other kind, and the one that connects by itself never has this.
    pub kind_asked: u32,
    /// The [`Kind`] that the system gave: it differs only where a message fell back to a line.
    pub kind_got: u32,
    /// The vector of the interrupt's translated resource (of message 0 where there are several).
    pub vector: u32,
    /// The IRQL of that resource.
    pub irql: u32,
    /// The IRQL at which `KeSynchronizeExecution` runs a closure.
    pub synchronize_irql: u32,
    /// [`MODE_LEVEL_SENSITIVE`] or [`MODE_LATCHED`].
    pub mode: u32,
    /// The number of connected messages, 1 for a message that is fully specified; 0 where the
    /// interrupt is a line.
    pub message_count: u32,
    /// 1 while the interrupt is soft-active, else 0.
    pub active: u32,
    /// How many times the interrupt has been connected since the device was created.
    pub generation: u32,
    /// 1 where the device's interrupt resource is a message (MSI), 0 where it is a line (INTx).
    pub resource_is_message: u32,
}

/// The reply to [`crate::code::QUERY`]. 56 bytes.
///
/// # Errors
///
/// `INVALID_DEVICE_STATE` while the interrupt is being reconnected.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct QueryReply {
    /// [`crate::CONTRACT_VERSION`] of the driver.
    pub contract_version: u32,
    /// The driver's version: major, minor and patch in bytes 2, 1 and 0.
    pub driver_version: u32,
    /// The device's identification register; 0x010000ed for QEMU's edu.
    pub device_identification: u32,
    /// Always 0.
    pub reserved: u32,
    /// How the interrupt is connected.
    pub connection: ConnectionInfo,
}

/// The request of [`crate::code::RECONNECT`]. 8 bytes.
///
/// The interrupt is disconnected and connected again, with the same state, records and counters, and with a generation
/// that is one higher. An image that connects by itself does so by the kind that is asked for. One whose interrupt is the
/// framework's has the framework do so (`WdfInterruptDisable`, `WdfInterruptEnable`), for [`Kind::Framework`] alone.
///
/// # Errors
///
/// `INVALID_PARAMETER` for an unknown kind. `NOT_SUPPORTED` where the device's resource cannot
/// serve it: a line resource serves every kind (message falls back to the line), a message
/// resource every kind but the line; an interrupt in another processor group than 0 needs a kind
/// that names groups. Neither image serves a kind of the other's. The interrupt is not touched then. `NOT_SUPPORTED` too where the system does not
/// know the kind: that shows when it is asked, and the interrupt is connected as before. `INVALID_DEVICE_STATE` while the interrupt is soft-inactive, a
/// stress run is on, or another reconnect runs. A kind that the system refuses leaves the interrupt
/// connected as before and answers the system's status. Where the old kind is refused too, the answer
/// is `DEVICE_CONFIGURATION_ERROR`; so it is where the framework has not connected its interrupt again, for which it
/// gives no reason, and which it is asked for once. From then on what needs the interrupt is answered with `DEVICE_NOT_READY` until
/// the device is started again. A system that says success and connects nothing stops there: nothing tells whether the
/// service routine will be called, and nothing could disconnect it (bug check `DRQL`, parameter 1 is 2).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct ReconnectRequest {
    /// The [`Kind`] to connect by.
    pub kind: u32,
    /// Must be 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<ConnectionInfo>() == 40);
const _: () =
    assert!(size_of::<QueryReply>() == 56 && core::mem::offset_of!(QueryReply, connection) == 16);
const _: () = assert!(size_of::<ReconnectRequest>() == 8);
