//! Error sources of drivers.

use std::collections::BTreeMap;

use crate::whea::state::report::{DriverReport, Report};

/// A driver's own error source.
#[derive(Clone, Copy, Debug)]
pub(in crate::whea) struct DriverSource {
    pub(in crate::whea) context: u64,
    pub(in crate::whea) uninitialize: u64,
    /// `MaxSectionDataLength`.
    pub(in crate::whea) section_length: u32,
    /// `MaxSectionsPerReport`.
    pub(in crate::whea) sections: u32,
    /// Reports that can be made at `DISPATCH_LEVEL` and above.
    pub(in crate::whea) preallocated: u32,
    /// Where the leak of it is reported at.
    pub(in crate::whea) object: u64,
}

/// The sources, their open reports, and the submitted ones.
#[derive(Clone, Debug, Default)]
pub(in crate::whea) struct Drivers {
    pub(in crate::whea) added: u32,
    pub(in crate::whea) sources: BTreeMap<u32, DriverSource>,
    pub(in crate::whea) reports: BTreeMap<u64, Report>,
    pub(in crate::whea) submitted: Vec<DriverReport>,
}

impl Drivers {
    /// What the driver has left behind.
    pub(in crate::whea) fn leak(&self) -> Option<(String, u64)> {
        if let Some((handle, report)) = self.reports.iter().next() {
            return Some((
                format!(
                    "a report at error source {} is neither submitted nor abandoned",
                    report.source
                ),
                *handle,
            ));
        }
        let (id, source) = self.sources.iter().next()?;
        Some((
            format!("the driver's error source {id} was not removed"),
            source.object,
        ))
    }

    /// How many reports of a source are open.
    pub(in crate::whea) fn open(&self, id: u32) -> usize {
        let reports = self.reports.values();
        reports.filter(|report| report.source == id).count()
    }
}

/// What was called back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// `Initialize`, of this source.
    Initialize(u32),
    /// `Uninitialize`, of a source that is gone.
    Uninitialize,
}
