//! What orders two strands: the edges of happens-before.
//!
//! Who releases says all that it did so far; who acquires later knows it.

use crate::kernel::{
    irql,
    race::{Races, strand::Strand},
    state::wait::DispatcherObject,
};

/// What strands synchronize on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Edge {
    /// A lock, by its address or handle: from a release to the next acquisition.
    Lock(u64),
    /// An atomic word: from a store to a load that sees it, or anything later.
    Atomic(u64),
    /// An event: from each set to the waits that it ends.
    Event(u64),
    /// A thread, by its object: from its end to the waits for it.
    ThreadEnd(u64),
    /// A rundown reference: from its (re)initialisation to each protection that is granted.
    RundownBegin(u64),
    /// A rundown reference: from each release of protection to the end of the wait.
    RundownEnd(u64),
    /// A DPC or a timer: from its being queued to its run.
    DpcBegin(u64),
    /// A DPC: from the end of a run to who waits for that, and to the object's deletion.
    DpcEnd(u64),
    /// All DPCs: from the end of each run to the end of a wait for whatever was queued.
    DpcEnds,
    /// A work item of the framework's: from its being queued to its run.
    WorkItemBegin(u64),
    /// A work item of the framework's: from the end of a run to who waits for that, and to the object's deletion.
    WorkItemEnd(u64),
    /// An interrupt object: from its connection, or its being made active, to its ISR.
    IsrBegin(u64),
    /// An interrupt object: from the end of its ISR to the disconnection.
    IsrEnd(u64),
    /// A processor: from the end of what interrupted there to a thread that chooses the processor.
    Processor(usize),
    /// A request: from one owner to the next.
    Request(u64),
    /// A queue that presents one request at a time: from a completion to the next presentation.
    Queue(u64),
    /// A request by the host's number: from its completion to who waited for it.
    Completion(u32),
    /// The requests of a device: from a completion to a transition that waited for it.
    Completions,
    /// A transition of the device: from its end to all that comes later.
    Transition,
    /// The device: from a write of a register to a read, and to the message that it caused.
    Device,
}

impl Edge {
    /// What the end of a wait for `object` learns from.
    pub(super) fn of_wait(object: DispatcherObject) -> Self {
        match object {
            DispatcherObject::Event(address) => Self::Event(address),
            DispatcherObject::Thread(object) => Self::ThreadEnd(object),
            DispatcherObject::Rundown(reference) => Self::RundownEnd(reference),
            DispatcherObject::Isr(object) => Self::IsrEnd(object),
            DispatcherObject::Dpc(handle) => Self::DpcEnd(handle),
            DispatcherObject::DpcsQueuedBefore(_) => Self::DpcEnds,
            DispatcherObject::InterruptEvent(event) => Self::Lock(event),
            DispatcherObject::WorkItem(handle) => Self::WorkItemEnd(handle),
            DispatcherObject::Lock(lock) => Self::Lock(lock),
            DispatcherObject::QueueIdle(_) => Self::Completions,
            DispatcherObject::PowerChange => Self::Transition,
        }
    }
}

impl Races {
    pub(super) fn acquire(&mut self, strand: Strand, edge: Edge) {
        if let Some(known) = self.edges.get(&edge) {
            self.strands.get_mut(strand).clock.join(known);
        }
    }

    pub(super) fn release(&mut self, strand: Strand, edge: Edge) {
        let clock = &self.strands.get(strand).clock;
        self.edges.entry(edge).or_default().join(clock);
        self.strands.tick(strand);
    }

    /// As a release that makes all earlier ones unseen.
    pub(super) fn release_anew(&mut self, strand: Strand, edge: Edge) {
        let clock = &self.strands.get(strand).clock;
        self.edges.entry(edge).or_default().replace(clock);
        self.strands.tick(strand);
    }

    /// Counts the IRQL of the strand's processor as what it is: the exclusion of everybody else
    /// there who could run at no more than it.
    ///
    /// A thread at DISPATCH excludes the other threads and the DPCs of its processor; an ISR excludes
    /// what runs at its own level, and not the thread that it has interrupted. So a thread holds, as
    /// if it were locks, the levels from DISPATCH to its own, and an interrupt those from its own on.
    pub(super) fn follow_irql(&mut self, strand: Strand, cpu: usize, level: u8) {
        let state = self.strands.get_mut(strand);
        if state.irql == level || state.base == u8::MAX {
            return;
        }
        let (before, now) = (state.irql.max(state.base), level.max(state.base));
        state.irql = level;
        let levels = &mut self.levels[cpu];
        if now > before {
            for level in before + 1..=now.min(irql::HIGH) {
                state.clock.join(&levels[usize::from(level)]);
            }
        } else if now < before {
            for level in now + 1..=before.min(irql::HIGH) {
                levels[usize::from(level)].join(&state.clock);
            }
            self.strands.tick(strand);
        }
    }
}
