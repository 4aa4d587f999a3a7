//! The machine behind the driver, as far as a simulated one lets a test play with it: its WHEA.

use dirql_ioctl::connection::Kind;

use super::Fault;

/// The kinds of error source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A corrected machine check, by its own interrupt.
    CorrectedMachineCheck,
    /// A corrected machine check that is polled for.
    Polled,
    /// A generic source that is polled.
    GenericPolled,
    /// A generic source, by an external interrupt.
    Generic,
    /// A generic source of version 2, by the SCI.
    GenericV2,
    /// Advanced error reporting of a root port.
    PciExpress,
    /// A machine check exception.
    MachineCheck,
    /// A non-maskable interrupt.
    Nmi,
    /// A generic source that an NMI notifies.
    GenericByNmi,
}

impl SourceKind {
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
}

/// How bad an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The hardware has corrected it.
    Corrected,
    /// It can be recovered from.
    Recoverable,
}

/// What PSHED is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Configure an error source.
    Set(u32),
    /// Enable it.
    Enable(u32),
    /// Disable it.
    Disable(u32),
    /// Inject an error, as the WMI method does.
    Inject(u64, [u64; 4]),
    /// Ask what can be injected.
    Capabilities,
    /// Ask whether a record could be kept.
    WriteDummy,
    /// Read a kept record into so many bytes.
    Read(u64, u32),
    /// Forget it.
    Clear(u64),
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderOutcome {
    /// The NTSTATUS.
    pub status: u32,
    /// Whether a plug-in answered it.
    pub by_plugin: bool,
    /// Capabilities, or the length of a record.
    pub value: u64,
}

/// What became of a source's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceReport {
    /// Errors that were handled.
    pub handled: u64,
    /// Errors that wait.
    pub waiting: u32,
    /// Whether PSHED has enabled the source.
    pub enabled: bool,
    /// How often a plug-in said that it had served the source.
    pub served_by_plugin: u64,
    /// How often PSHED served it.
    pub served_by_pshed: u64,
}

/// What PSHED's pages leave open, one choice each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, and they combine"
)]
pub struct PshedPolicy {
    /// A handler holds its lock while it calls `RetrieveErrorInfo`.
    pub lock_held_in_retrieval: bool,
    /// And while the record is finalized and cleared.
    pub lock_held_in_record: bool,
    /// A source is found by the number in its descriptor, not by the address.
    pub descriptor_matched_by_id: bool,
    /// Errors arrive on one processor only.
    pub errors_on_one_processor: bool,
}

impl PshedPolicy {
    /// Every combination.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..1 << 4).map(|bits: u8| Self {
            lock_held_in_retrieval: bits & 1 != 0,
            lock_held_in_record: bits & 2 != 0,
            descriptor_matched_by_id: bits & 4 != 0,
            errors_on_one_processor: bits & 8 != 0,
        })
    }
}

/// A machine that is set up otherwise, before the driver is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Whether the platform has WHEA.
    pub whea: bool,
    /// Values of the driver's `Parameters` key.
    pub parameters: Vec<(&'static str, u32)>,
    /// Its error sources, by their numbers.
    pub sources: Vec<(u32, SourceKind)>,
    /// The functional areas of a plug-in that is there before the driver's; 0 for none.
    pub earlier_plugin: u32,
    /// What its pages leave open; none for what the target is run with.
    pub policy: Option<PshedPolicy>,
    /// A kind of connection that the system does not know, and whether it says so by `STATUS_NOT_SUPPORTED`; none for
    /// what the target is run with.
    pub unknown_kind: Option<(Kind, bool)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            whea: true,
            parameters: Vec::new(),
            sources: Vec::new(),
            earlier_plugin: 0,
            policy: None,
            unknown_kind: None,
        }
    }
}

/// A machine that a test can play with.
pub trait Platform {
    /// Has the hardware report errors. They arrive while the driver runs.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where there is no such source.
    fn raise_errors(&mut self, source: u32, count: u32, severity: Severity) -> Result<(), Fault>;

    /// Lets everything happen that can happen by itself: every error has been handled then.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where the driver breaks a rule meanwhile.
    fn settle(&mut self) -> Result<(), Fault>;

    /// What became of a source's errors.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where there is no such source.
    fn source(&mut self, source: u32) -> Result<SourceReport, Fault>;

    /// Tells PSHED to do something, and waits for it.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where the driver breaks a rule meanwhile.
    fn order(&mut self, order: Order) -> Result<OrderOutcome, Fault>;

    /// Registers another plug-in for these functional areas, or unregisters it with 0.
    fn other_plugin(&mut self, areas: u32);
}
