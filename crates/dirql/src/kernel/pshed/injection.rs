//! The kinds of error that can be injected, and an order to inject one.

/// Kinds of error, a bit each: `WHEA_ERROR_INJECTION_CAPABILITIES` and `INJECT_ERRTYPE_*`, which agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorKinds(pub u32);

impl ErrorKinds {
    /// A corrected processor error.
    pub const PROCESSOR_CORRECTABLE: Self = Self(0x001);
    /// A processor error that is neither corrected nor fatal.
    pub const PROCESSOR_UNCORRECTABLE: Self = Self(0x002);
    /// A fatal processor error.
    pub const PROCESSOR_FATAL: Self = Self(0x004);
    /// A corrected memory error.
    pub const MEMORY_CORRECTABLE: Self = Self(0x008);
    /// A memory error that is neither corrected nor fatal.
    pub const MEMORY_UNCORRECTABLE: Self = Self(0x010);
    /// A fatal memory error.
    pub const MEMORY_FATAL: Self = Self(0x020);
    /// A corrected PCI Express error.
    pub const PCIE_CORRECTABLE: Self = Self(0x040);
    /// A PCI Express error that is neither corrected nor fatal.
    pub const PCIE_UNCORRECTABLE: Self = Self(0x080);
    /// A fatal PCI Express error.
    pub const PCIE_FATAL: Self = Self(0x100);
    /// A corrected platform error.
    pub const PLATFORM_CORRECTABLE: Self = Self(0x200);
    /// A platform error that is neither corrected nor fatal.
    pub const PLATFORM_UNCORRECTABLE: Self = Self(0x400);
    /// A fatal platform error.
    pub const PLATFORM_FATAL: Self = Self(0x800);
    /// Every kind that the hardware corrects.
    pub const CORRECTABLE: Self = Self(0x249);

    /// The kinds of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every kind of `other` is one of these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// An order to inject an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injection {
    /// `ErrorType`, all 64 bits as they came: the guide shows 32 of them, the header 64.
    pub error_type: u64,
    /// `Parameter1` to `Parameter4`.
    pub parameters: [u64; 4],
}

impl Injection {
    /// The one kind that is to be injected, where `error_type` is one kind.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKinds> {
        let kind = u32::try_from(self.error_type).ok()?;
        kind.is_power_of_two().then_some(ErrorKinds(kind))
    }
}
