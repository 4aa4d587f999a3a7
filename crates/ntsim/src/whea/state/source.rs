//! Error sources.

use nt_model::{ErrorSourceKind, ErrorSourceReport, Severity};

/// An error source.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) id: u32,
    pub(crate) kind: ErrorSourceKind,
    pub(crate) irql: u8,
    /// PSHED's descriptor, in memory that the driver sees.
    pub(crate) descriptor: u64,
    /// The lock of the handler, which has no memory that the driver could see.
    pub(crate) lock: u64,
    /// The driver has added it, and has to remove it.
    pub(crate) of_driver: bool,
    pub(in crate::whea) waiting: u32,
    pub(in crate::whea) severity: Severity,
    /// The next error does not arrive before this time.
    pub(in crate::whea) not_before: u64,
    /// The processors on which its handler is at work.
    pub(in crate::whea) active: u64,
    /// The packet and record of each processor, made on first use.
    pub(in crate::whea) buffers: Vec<Option<u64>>,
    pub(crate) report: ErrorSourceReport,
}

impl Source {
    /// How many errors wait.
    pub(crate) const fn waiting(&self) -> u32 {
        self.waiting
    }
}
