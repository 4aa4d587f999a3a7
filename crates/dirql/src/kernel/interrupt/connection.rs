//! The ways to connect an interrupt, and what came of one.

use core::{marker::PhantomData, ptr::NonNull};

use super::{InterruptMode, TranslatedInterrupt};
use crate::kernel::platform::{
    DeviceObject,
    parameters::{
        CONNECT_FULLY_SPECIFIED, CONNECT_FULLY_SPECIFIED_GROUP, CONNECT_LINE_BASED,
        CONNECT_MESSAGE_BASED,
    },
};

/// The physical device object whose interrupt is connected.
///
/// NT asks for the object that the bus driver made, not for the driver's own: a KMDF driver gets it
/// from `WdfDeviceWdmGetPhysicalDevice`.
#[derive(Clone, Copy, Debug)]
pub struct PhysicalDevice<'a> {
    object: NonNull<DeviceObject>,
    _borrowed: PhantomData<&'a DeviceObject>,
}

impl PhysicalDevice<'_> {
    /// Wraps a `PDEVICE_OBJECT`, or answers `None` where it is null.
    ///
    /// Nothing is promised here; that the object is the right one is promised to
    /// [`Interrupt::connect`](crate::Interrupt::connect).
    #[must_use]
    pub const fn new(object: *mut DeviceObject) -> Option<Self> {
        match NonNull::new(object) {
            Some(object) => Some(Self::from_non_null(object)),
            None => None,
        }
    }

    pub(crate) const fn from_non_null(object: NonNull<DeviceObject>) -> Self {
        Self {
            object,
            _borrowed: PhantomData,
        }
    }

    pub(crate) const fn as_ptr(self) -> *mut DeviceObject {
        self.object.as_ptr()
    }
}

/// How to connect an interrupt: the versions of `IoConnectInterruptEx`.
///
/// # Examples
///
/// ```
/// use dirql::{Connection, ConnectionKind, WithoutMessages, mock};
///
/// let device = mock::Device::with_messages(9, 2);
/// let to = Connection::MessageBased {
///     device: device.physical_device(),
///     // A device that was given its line instead is served all the same.
///     without_messages: WithoutMessages::ConnectLine,
/// };
/// assert_eq!(to.kind(), ConnectionKind::MessageBased);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Connection<'a> {
    /// `CONNECT_FULLY_SPECIFIED`: exactly this line or message, in processor group 0.
    FullySpecified {
        /// The device that interrupts.
        device: PhysicalDevice<'a>,
        /// Its translated resource.
        interrupt: TranslatedInterrupt,
    },
    /// `CONNECT_FULLY_SPECIFIED_GROUP`: exactly this line or message, in the group it names.
    FullySpecifiedGroup {
        /// The device that interrupts.
        device: PhysicalDevice<'a>,
        /// Its translated resource.
        interrupt: TranslatedInterrupt,
    },
    /// `CONNECT_LINE_BASED`: the line that NT has assigned to the device.
    LineBased {
        /// The device that interrupts.
        device: PhysicalDevice<'a>,
    },
    /// `CONNECT_MESSAGE_BASED`: all messages that NT has assigned to the device, under one lock.
    MessageBased {
        /// The device that interrupts.
        device: PhysicalDevice<'a>,
        /// What to do where the device has no messages.
        without_messages: WithoutMessages,
    },
}

/// What a message-based connect does on a device that has no messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutMessages {
    /// It fails.
    Fail,
    /// It connects the line. [`ConnectionInfo::made`] tells.
    ConnectLine,
}

/// A kind of connection, by the number that NT has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ConnectionKind {
    /// One line or message in group 0, given by the driver.
    FullySpecified = CONNECT_FULLY_SPECIFIED,
    /// A line found by NT.
    LineBased = CONNECT_LINE_BASED,
    /// Messages found by NT.
    MessageBased = CONNECT_MESSAGE_BASED,
    /// One line or message in any group, given by the driver.
    FullySpecifiedGroup = CONNECT_FULLY_SPECIFIED_GROUP,
}

impl Connection<'_> {
    /// The kind that this asks for.
    #[must_use]
    pub const fn kind(&self) -> ConnectionKind {
        match self {
            Self::FullySpecified { .. } => ConnectionKind::FullySpecified,
            Self::FullySpecifiedGroup { .. } => ConnectionKind::FullySpecifiedGroup,
            Self::LineBased { .. } => ConnectionKind::LineBased,
            Self::MessageBased { .. } => ConnectionKind::MessageBased,
        }
    }
}

/// What a connected interrupt is, as far as NT says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The kind that was asked for.
    pub asked: ConnectionKind,
    /// The kind that was made: another one where messages fell back to the line.
    pub made: ConnectionKind,
    /// The vector, of the first message where there are several. NT does not tell that of a line.
    pub vector: Option<u32>,
    /// The IRQL of that vector. NT does not tell that of a line.
    pub irql: Option<u8>,
    /// The IRQL at which the lock is held. NT does not tell that of a line.
    pub synchronize_irql: Option<u8>,
    /// How the interrupt is signalled. NT does not tell that of a line.
    pub mode: Option<InterruptMode>,
    /// The number of messages; zero for a line.
    pub messages: u32,
}
