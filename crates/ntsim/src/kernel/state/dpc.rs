//! DPCs: those that are queued, and those that run.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A DPC by what names it: a framework handle, or the address of a KDPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DpcId(pub(crate) u64);

/// What a DPC runs.
#[derive(Clone, Debug)]
pub(crate) struct Dpc {
    pub(crate) routine: u64,
    pub(crate) arguments: Vec<u64>,
}

/// The DPCs of the machine that are queued or running, each with its number in the order of all that were queued.
#[derive(Clone, Default)]
pub(crate) struct Dpcs {
    pub(in crate::kernel) queued: BTreeMap<DpcId, (Dpc, u64)>,
    pub(in crate::kernel) running: Vec<(DpcId, u64)>,
    inserted: u64,
    /// Those of the queued ones that are a KDPC in the driver's memory.
    objects: BTreeSet<DpcId>,
}

impl Dpcs {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.queued.len() + self.running.len()
    }

    /// How many were ever queued.
    pub(in crate::kernel) fn inserted(&self) -> u64 {
        self.inserted
    }

    /// A DPC enters a queue.
    pub(in crate::kernel) fn insert(&mut self, id: DpcId, dpc: Dpc) {
        self.queued.insert(id, (dpc, self.inserted));
        self.inserted += 1;
    }

    /// Whether none is left of the first `bound` that were queued.
    pub(in crate::kernel) fn has_ended(&self, bound: u64) -> bool {
        let queued = self.queued.values().map(|(_, number)| *number);
        let mut left = queued.chain(self.running.iter().map(|(_, number)| *number));
        left.all(|number| number >= bound)
    }

    /// A queued DPC is a KDPC.
    pub(in crate::kernel) fn is_object(&mut self, id: DpcId) {
        self.objects.insert(id);
    }

    /// A DPC leaves its queue; whether it is a KDPC.
    pub(in crate::kernel) fn was_object(&mut self, id: DpcId) -> bool {
        self.objects.remove(&id)
    }

    /// One that is queued and has its object in this memory.
    pub(in crate::kernel) fn queued_in(&self, memory: Range<u64>) -> Option<DpcId> {
        let mut found = self.objects.range(DpcId(memory.start)..DpcId(memory.end));
        found.next().copied()
    }
}
