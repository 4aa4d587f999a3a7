//! What an error source is, how it notifies, and whether an IRQL can mask its handler.

/// `WHEA_ERROR_SOURCE_TYPE`, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceType(pub i32);

/// Declares constants of a number with a meaning, in order.
macro_rules! numbers {
    ($of:ident: $($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl $of {
            $($(#[$doc])* pub const $name: Self = Self($value);)*
        }
    };
}

numbers! { SourceType:
    /// `WheaErrSrcTypeMCE`: a machine check exception.
    MCE = 0;
    /// `WheaErrSrcTypeCMC`: a corrected machine check.
    CMC = 1;
    /// `WheaErrSrcTypeCPE`: a corrected platform error.
    CPE = 2;
    /// `WheaErrSrcTypeNMI`: a non-maskable interrupt.
    NMI = 3;
    /// `WheaErrSrcTypePCIe`: advanced error reporting.
    PCIE = 4;
    /// `WheaErrSrcTypeGeneric`: a generic hardware error source of ACPI.
    GENERIC = 5;
    /// `WheaErrSrcTypeINIT`.
    INIT = 6;
    /// `WheaErrSrcTypeBOOT`: an error of an earlier boot.
    BOOT = 7;
    /// `WheaErrSrcTypeSCIGeneric`: generic, notified by the SCI.
    SCI_GENERIC = 8;
    /// `WheaErrSrcTypeIPFMCA`.
    IPF_MCA = 9;
    /// `WheaErrSrcTypeIPFCMC`.
    IPF_CMC = 10;
    /// `WheaErrSrcTypeIPFCPE`.
    IPF_CPE = 11;
    /// `WheaErrSrcTypeGenericV2`.
    GENERIC_V2 = 12;
    /// `WheaErrSrcTypeSCIGenericV2`.
    SCI_GENERIC_V2 = 13;
    /// `WheaErrSrcTypeBMC`.
    BMC = 14;
    /// `WheaErrSrcTypePMEM`.
    PMEM = 15;
    /// `WheaErrSrcTypeDeviceDriver`: reported by a driver, without a handler.
    DEVICE_DRIVER = 16;
    /// `WheaErrSrcTypeSea`.
    SEA = 17;
    /// `WheaErrSrcTypeSei`.
    SEI = 18;
}

/// The type of a `WHEA_NOTIFICATION_DESCRIPTOR`, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotificationType(pub u8);

numbers! { NotificationType:
    /// The handler polls.
    POLLED = 0;
    /// An external interrupt.
    EXTERNAL_INTERRUPT = 1;
    /// A local interrupt.
    LOCAL_INTERRUPT = 2;
    /// The system control interrupt of ACPI.
    SCI = 3;
    /// A non-maskable interrupt.
    NMI = 4;
    /// A corrected machine check interrupt.
    CMCI = 5;
    /// A machine check exception.
    MCE = 6;
    /// A signal of a pin.
    GPIO = 7;
    /// A synchronous external abort of `ARMv8`.
    ARMV8_SEA = 8;
    /// An `SError` interrupt of `ARMv8`.
    ARMV8_SEI = 9;
    /// A global system interrupt.
    GSIV = 10;
    /// A software delegated exception.
    SDEI = 11;
}

/// The tag at the beginning of a descriptor's information, `WHEA_ERROR_SOURCE_DESCRIPTOR_TYPE_*`.
pub(crate) mod tag {
    pub(crate) const XPF_MCE: u16 = 0;
    pub(crate) const XPF_CMC: u16 = 1;
    pub(crate) const XPF_NMI: u16 = 2;
    pub(crate) const IPF_MCA: u16 = 3;
    pub(crate) const IPF_CMC: u16 = 4;
    pub(crate) const IPF_CPE: u16 = 5;
    pub(crate) const AER_ROOT_PORT: u16 = 6;
    pub(crate) const AER_ENDPOINT: u16 = 7;
    pub(crate) const AER_BRIDGE: u16 = 8;
    pub(crate) const GENERIC: u16 = 9;
    pub(crate) const GENERIC_V2: u16 = 10;
}

/// What tells one error source from another, as its descriptor said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: u32,
    pub(crate) kind: SourceType,
    pub(crate) tag: u16,
    pub(crate) notification: Option<NotificationType>,
}

impl Identity {
    /// Whether raising IRQL is known to keep the handler of the source away.
    ///
    /// The list says what may pass; whatever it does not name, a type that a later system adds or a
    /// descriptor that contradicts itself, is not maskable.
    pub(crate) fn is_maskable(self) -> bool {
        use NotificationType as By;
        match (self.kind, self.tag, self.notification) {
            (SourceType::CMC, tag::XPF_CMC, Some(by)) => matches!(
                by,
                By::POLLED | By::EXTERNAL_INTERRUPT | By::LOCAL_INTERRUPT | By::CMCI
            ),
            (SourceType::PCIE, tag::AER_ROOT_PORT | tag::AER_ENDPOINT | tag::AER_BRIDGE, None) => {
                true
            }
            (SourceType::GENERIC | SourceType::SCI_GENERIC, tag::GENERIC, Some(by))
            | (SourceType::GENERIC_V2 | SourceType::SCI_GENERIC_V2, tag::GENERIC_V2, Some(by)) => {
                matches!(
                    by,
                    By::POLLED
                        | By::EXTERNAL_INTERRUPT
                        | By::LOCAL_INTERRUPT
                        | By::SCI
                        | By::CMCI
                        | By::GPIO
                        | By::GSIV
                )
            }
            _ => false,
        }
    }
}
