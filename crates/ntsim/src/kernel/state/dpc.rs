//! DPCs: those that are queued, and those that run.

use std::collections::BTreeMap;

/// A DPC by what names it: a framework handle, or the address of a KDPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DpcId(pub(crate) u64);

/// What a DPC runs.
#[derive(Clone, Debug)]
pub(crate) struct Dpc {
    pub(crate) routine: u64,
    pub(crate) arguments: Vec<u64>,
}

/// The DPCs of the machine that are queued or running.
#[derive(Clone, Default)]
pub(crate) struct Dpcs {
    pub(in crate::kernel) queued: BTreeMap<DpcId, Dpc>,
    pub(in crate::kernel) running: Vec<DpcId>,
}

impl Dpcs {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.queued.len() + self.running.len()
    }
}
