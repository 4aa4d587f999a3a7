//! The translated interrupt resource of a device, read out of its packed descriptor.
//!
//! The plug and play manager hands a driver `CM_PARTIAL_RESOURCE_DESCRIPTOR`s: 20 bytes, aligned to 4,
//! so that the 64-bit affinity lies where a 64-bit load may not be assumed aligned. Metadata-generated
//! bindings have been seen with the packing lost; this module reads the bytes themselves.
//! Page: `ns-wdm-_cm_partial_resource_descriptor`.

use core::{error::Error, fmt};

use crate::kernel::platform;

/// `CmResourceTypeInterrupt`.
const TYPE_INTERRUPT: u8 = 2;
/// `CmResourceShareShared`.
const SHARE_SHARED: u8 = 3;
/// `CM_RESOURCE_INTERRUPT_LATCHED`.
const FLAG_LATCHED: u16 = 1;
/// `CM_RESOURCE_INTERRUPT_MESSAGE`.
const FLAG_MESSAGE: u16 = 2;
/// `CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN`: stands in a raw descriptor where a message has no vector.
const VECTOR_OF_RAW_MESSAGE: u32 = 0xffff_fffe;

/// How the interrupt is signalled: `KINTERRUPT_MODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum InterruptMode {
    /// A level, asserted until the device is served.
    LevelSensitive = 0,
    /// An edge or a message.
    Latched = 1,
}

/// One interrupt of a device, as the translated resource list describes it.
///
/// # Examples
///
/// ```
/// use dirql::{InterruptMode, TranslatedInterrupt, mock};
///
/// // In a driver the 20 bytes are those of a translated resource descriptor, by `from_descriptor`.
/// let device = mock::Device::with_line(9);
/// let interrupt = TranslatedInterrupt::parse(&device.descriptor()).unwrap();
/// assert_eq!(interrupt.level(), 9);
/// assert!(!interrupt.is_message());
/// assert_eq!(interrupt.mode(), InterruptMode::LevelSensitive);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslatedInterrupt {
    level: u8,
    group: u16,
    vector: u32,
    processors: u64,
    mode: InterruptMode,
    shared: bool,
    message: bool,
}

/// Why a descriptor is not a translated interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptorError {
    /// The descriptor is of another type, given here: 1 is a port, 3 is memory.
    NotAnInterrupt(u8),
    /// The level is no IRQL, as in a raw descriptor.
    BadLevel(u16),
    /// The vector is the placeholder of a raw message descriptor.
    RawMessage,
    /// The set of processors is empty. `IoConnectInterruptEx` refuses that.
    NoProcessors,
}

impl fmt::Display for DescriptorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnInterrupt(kind) => {
                write!(f, "resource type {kind} is not an interrupt (2)")
            }
            Self::BadLevel(level) => write!(f, "level {level} is not an IRQL"),
            Self::RawMessage => f.write_str("the descriptor is raw, not translated"),
            Self::NoProcessors => f.write_str("the set of processors is empty"),
        }
    }
}

impl Error for DescriptorError {}

impl TranslatedInterrupt {
    /// The size of `CM_PARTIAL_RESOURCE_DESCRIPTOR` in bytes.
    pub const DESCRIPTOR_SIZE: usize = 20;

    /// Reads a descriptor out of its bytes.
    ///
    /// A line and a message have their translated values in the same places. The level is read as 16
    /// bits with the processor group after it, which is what the union holds on every system that has
    /// groups.
    ///
    /// # IRQL
    ///
    /// Any.
    ///
    /// # Errors
    ///
    /// The descriptor is not that of an interrupt, or not a translated one.
    pub const fn parse(bytes: &[u8; Self::DESCRIPTOR_SIZE]) -> Result<Self, DescriptorError> {
        let &[
            kind,
            share,
            f0,
            f1,
            l0,
            l1,
            g0,
            g1,
            v0,
            v1,
            v2,
            v3,
            ref affinity @ ..,
        ] = bytes;
        if kind != TYPE_INTERRUPT {
            return Err(DescriptorError::NotAnInterrupt(kind));
        }
        let level = u16::from_le_bytes([l0, l1]);
        let vector = u32::from_le_bytes([v0, v1, v2, v3]);
        let flags = u16::from_le_bytes([f0, f1]);
        let processors = u64::from_le_bytes(*affinity);
        let message = flags & FLAG_MESSAGE != 0;
        if message && vector == VECTOR_OF_RAW_MESSAGE {
            return Err(DescriptorError::RawMessage);
        }
        let [low_level, high_level] = level.to_le_bytes();
        if high_level != 0 || low_level > platform::HIGH_LEVEL {
            return Err(DescriptorError::BadLevel(level));
        }
        if processors == 0 {
            return Err(DescriptorError::NoProcessors);
        }
        Ok(Self {
            level: low_level,
            group: u16::from_le_bytes([g0, g1]),
            vector,
            processors,
            mode: if flags & FLAG_LATCHED != 0 {
                InterruptMode::Latched
            } else {
                InterruptMode::LevelSensitive
            },
            shared: share == SHARE_SHARED,
            message,
        })
    }

    /// Reads the descriptor that `WdfCmResourceListGetDescriptor` or an `IRP_MN_START_DEVICE` gave.
    ///
    /// # Safety
    ///
    /// `descriptor` points to a `CM_PARTIAL_RESOURCE_DESCRIPTOR` that nothing writes meanwhile.
    ///
    /// # IRQL
    ///
    /// Any at which the descriptor may be touched; `PASSIVE_LEVEL` where it is pageable.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    pub const unsafe fn from_descriptor<T>(descriptor: *const T) -> Result<Self, DescriptorError> {
        // SAFETY: The caller promises 20 readable bytes; an array of bytes needs no alignment, and in
        // the interrupt member of the union every byte is part of a field.
        let bytes = unsafe { descriptor.cast::<[u8; Self::DESCRIPTOR_SIZE]>().read() };
        Self::parse(&bytes)
    }

    /// The IRQL of the interrupt: zero for one that is served in a thread.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The processor group that takes the interrupt.
    #[must_use]
    pub const fn group(&self) -> u16 {
        self.group
    }

    /// The vector.
    #[must_use]
    pub const fn vector(&self) -> u32 {
        self.vector
    }

    /// The processors of the group that may take the interrupt, a bit each; never empty.
    #[must_use]
    pub const fn processors(&self) -> u64 {
        self.processors
    }

    /// How the interrupt is signalled.
    #[must_use]
    pub const fn mode(&self) -> InterruptMode {
        self.mode
    }

    /// Whether other devices may interrupt on the same line.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.shared
    }

    /// Whether the interrupt is a message rather than a line.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        self.message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type, share, flags, level, group, vector, affinity.
    fn bytes(kind: u8, share: u8, flags: u16, level: u16, vector: u32, affinity: u64) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[0] = kind;
        bytes[1] = share;
        bytes[2..4].copy_from_slice(&flags.to_le_bytes());
        bytes[4..6].copy_from_slice(&level.to_le_bytes());
        bytes[6..8].copy_from_slice(&3_u16.to_le_bytes());
        bytes[8..12].copy_from_slice(&vector.to_le_bytes());
        bytes[12..20].copy_from_slice(&affinity.to_le_bytes());
        bytes
    }

    #[test]
    fn a_shared_level_sensitive_line_is_read() {
        let line = TranslatedInterrupt::parse(&bytes(2, 3, 0, 9, 0x91, 0xf)).unwrap();
        assert_eq!(line.level(), 9);
        assert_eq!(line.group(), 3);
        assert_eq!(line.vector(), 0x91);
        assert_eq!(line.processors(), 0xf);
        assert_eq!(line.mode(), InterruptMode::LevelSensitive);
        assert!(line.is_shared());
        assert!(!line.is_message());
    }

    #[test]
    fn a_message_is_latched_and_not_shared() {
        let message = TranslatedInterrupt::parse(&bytes(2, 1, 3, 10, 0x80, 1 << 63)).unwrap();
        assert_eq!(message.mode(), InterruptMode::Latched);
        assert_eq!(message.processors(), 1 << 63);
        assert!(!message.is_shared());
        assert!(message.is_message());
    }

    #[test]
    fn a_passive_level_interrupt_is_read() {
        let line = TranslatedInterrupt::parse(&bytes(2, 1, 0x11, 0, 0x200, 1)).unwrap();
        assert_eq!(line.level(), 0);
    }

    #[test]
    fn what_is_no_translated_interrupt_is_refused() {
        let refused = [
            (
                bytes(3, 1, 0, 9, 0x91, 1),
                DescriptorError::NotAnInterrupt(3),
            ),
            (bytes(2, 1, 0, 16, 0x91, 1), DescriptorError::BadLevel(16)),
            (
                bytes(2, 1, 0, 0x109, 0x91, 1),
                DescriptorError::BadLevel(0x109),
            ),
            (
                bytes(2, 1, 3, 1, 0xffff_fffe, 1),
                DescriptorError::RawMessage,
            ),
            (bytes(2, 1, 0, 9, 0x91, 0), DescriptorError::NoProcessors),
        ];
        for (bytes, error) in refused {
            assert_eq!(TranslatedInterrupt::parse(&bytes), Err(error));
        }
    }

    #[test]
    fn a_descriptor_at_any_address_is_read() {
        let mut shifted = [0; 21];
        shifted[1..].copy_from_slice(&bytes(2, 3, 0, 9, 0x91, 0xf));
        let descriptor = shifted[1..].as_ptr();
        // SAFETY: Twenty bytes follow, and nothing writes them.
        let line = unsafe { TranslatedInterrupt::from_descriptor(descriptor) };
        assert_eq!(line.unwrap().processors(), 0xf);
    }
}
