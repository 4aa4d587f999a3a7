//! Reports of drivers about hardware errors.

/// A section, as the driver has filled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSection {
    /// `SectionTypeGuid`, as it lies in memory.
    pub kind: [u8; 16],
    /// The data.
    pub data: Vec<u8>,
    /// `SectionFriendlyName` up to its NUL.
    pub name: Vec<u8>,
}

/// A submitted report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverReport {
    /// The number of the driver's error source.
    pub source: u32,
    /// `WHEA_ERROR_SEVERITY`.
    pub severity: u32,
    /// What was reported.
    pub sections: Vec<ReportSection>,
}

/// A report that is neither submitted nor abandoned.
#[derive(Clone, Debug)]
pub(in crate::whea) struct Report {
    pub(in crate::whea) source: u32,
    pub(in crate::whea) severity: u32,
    /// Each section's memory and the length of its data.
    pub(in crate::whea) sections: Vec<(u64, u64)>,
}

/// How the machine has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FatalStop {
    /// The code of the bug check, 0x124.
    pub code: u32,
    /// The type of the error source, the address of the record, and the halves of a machine check's status, which
    /// is 0 here: no bank is simulated.
    pub parameters: [u64; 4],
    /// The record at that address.
    pub record: Vec<u8>,
    /// What the plug-in answered when it was asked to keep the record; none where none was asked.
    pub written: Option<u32>,
}
