//! WHEA: the error sources of a machine, what becomes of their errors, and what PSHED is told to do.

use crate::status::Status;

/// The kinds of error source that a machine can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorSourceKind {
    /// A corrected machine check, by a CMCI.
    CorrectedMachineCheck,
    /// A corrected machine check that a routine polls for.
    Polled,
    /// A generic source of ACPI that a routine polls.
    GenericPolled,
    /// A generic source of ACPI, by an external interrupt.
    Generic,
    /// A generic source of version 2, by the SCI.
    GenericV2,
    /// Advanced error reporting of a root port.
    PciExpress,
    /// A machine check exception, which nothing masks.
    MachineCheck,
    /// A non-maskable interrupt.
    Nmi,
    /// A generic source that an NMI notifies.
    GenericByNmi,
}

impl ErrorSourceKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::CorrectedMachineCheck,
        Self::Polled,
        Self::GenericPolled,
        Self::Generic,
        Self::GenericV2,
        Self::PciExpress,
        Self::MachineCheck,
        Self::Nmi,
        Self::GenericByNmi,
    ];

    /// Those whose handler an IRQL masks.
    pub const MASKABLE: [Self; 6] = [
        Self::CorrectedMachineCheck,
        Self::Polled,
        Self::GenericPolled,
        Self::Generic,
        Self::GenericV2,
        Self::PciExpress,
    ];

    /// Those whose handler nothing masks.
    pub const UNMASKABLE: [Self; 3] = [Self::MachineCheck, Self::Nmi, Self::GenericByNmi];

    /// Whether the handler has an IRQL that keeps it out.
    #[must_use]
    pub const fn is_maskable(self) -> bool {
        !matches!(self, Self::MachineCheck | Self::Nmi | Self::GenericByNmi)
    }
}

/// How bad an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The hardware has corrected it.
    Corrected,
    /// It can be recovered from: PSHED asks the plug-in to, and keeps a record.
    Recoverable,
    /// Nothing can be done: PSHED has the plug-in keep a record, and the machine stops.
    Fatal,
}

/// What became of a source's errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorSourceReport {
    /// Errors that its handler has handled.
    pub handled: u64,
    /// Errors that wait.
    pub waiting: u32,
    /// Whether the source is enabled, by PSHED or, as it says, by the plug-in.
    pub enabled: bool,
    /// How often the plug-in said that it had served the source.
    pub served_by_plugin: u64,
    /// How often it left the source to PSHED.
    pub served_by_pshed: u64,
}

/// What PSHED is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Configure an error source, by its number.
    Set(u32),
    /// Enable it.
    Enable(u32),
    /// Disable it.
    Disable(u32),
    /// Inject an error, as the WMI method `InjectErrorRtn` does.
    Inject {
        /// `ErrorType`.
        error_type: u64,
        /// `Parameter1` to `Parameter4`.
        parameters: [u64; 4],
    },
    /// Ask what can be injected, as the WMI method `GetErrorInjectionCapabilitiesRtn` does.
    Capabilities,
    /// Ask whether a record could be kept, with a dummy.
    WriteDummy,
    /// Read a kept record by its number, into so many bytes.
    Read(u64, u32),
    /// Forget a kept record.
    Clear(u64),
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderOutcome {
    /// The NTSTATUS.
    pub status: Status,
    /// Whether a plug-in answered it; if not, PSHED did it, or could not.
    pub by_plugin: bool,
    /// What came back beside it: capabilities, or the length of a record.
    pub value: u64,
}
