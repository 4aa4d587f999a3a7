//! Accesses to device registers, and those that a device's specification forbids.

use std::{error::Error, fmt};

/// How wide a register access is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessWidth {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Word,
    /// 32 bits.
    Dword,
    /// 64 bits.
    Qword,
}

impl AccessWidth {
    /// The width of an access of so many bytes; a bus has no others.
    #[must_use]
    pub const fn from_bytes(bytes: usize) -> Option<Self> {
        match bytes {
            1 => Some(Self::Byte),
            2 => Some(Self::Word),
            4 => Some(Self::Dword),
            8 => Some(Self::Qword),
            _ => None,
        }
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Byte => 1,
            Self::Word => 2,
            Self::Dword => 4,
            Self::Qword => 8,
        }
    }

    /// The bits of `value` that an access of this width carries.
    #[must_use]
    pub const fn truncate(self, value: u64) -> u64 {
        value & (u64::MAX >> (64 - 8 * self.bytes()))
    }
}

/// Whether a register was to be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A load.
    Read,
    /// A store.
    Write,
}

/// An access to a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Access {
    /// The window.
    pub bar: u8,
    /// The offset in it.
    pub offset: u64,
    /// How wide it is.
    pub width: AccessWidth,
    /// Whether it is a load or a store.
    pub direction: Direction,
}

impl Access {
    /// A load.
    #[must_use]
    pub const fn read(bar: u8, offset: u64, width: AccessWidth) -> Self {
        Self {
            bar,
            offset,
            width,
            direction: Direction::Read,
        }
    }

    /// A store.
    #[must_use]
    pub const fn write(bar: u8, offset: u64, width: AccessWidth) -> Self {
        Self {
            bar,
            offset,
            width,
            direction: Direction::Write,
        }
    }

    /// The fault that the access is, and what the specification says of it.
    #[must_use]
    pub fn forbidden(self, explanation: impl Into<String>) -> AccessFault {
        AccessFault {
            access: self,
            explanation: explanation.into(),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Read => "read",
            Direction::Write => "write",
        };
        let Self { bar, offset, .. } = self;
        let bits = self.width.bytes() * 8;
        write!(f, "{bits}-bit {direction} at BAR{bar} offset {offset:#x}")
    }
}

/// An access, or a transfer programmed by one, that the device's specification forbids.
///
/// Real hardware answers with garbage or hangs the bus; a simulator says what was wrong instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessFault {
    /// The access.
    pub access: Access,
    /// What the specification says.
    pub explanation: String,
}

impl fmt::Display for AccessFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.access, self.explanation)
    }
}

impl Error for AccessFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_carries_its_bits_and_no_more() {
        for (bytes, carried) in [(1, 0xff), (2, 0xffff), (4, 0xffff_ffff), (8, u64::MAX)] {
            let width = AccessWidth::from_bytes(bytes).unwrap();
            assert_eq!(width.truncate(u64::MAX), carried);
        }
        for bytes in [0, 3, 16] {
            assert_eq!(AccessWidth::from_bytes(bytes), None);
        }
    }
}
