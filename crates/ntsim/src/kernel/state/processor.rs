//! A virtual processor: an IRQL, the thread it runs, and what runs on top of that thread.

use std::collections::VecDeque;

use crate::kernel::{
    irql,
    state::{activation::Activation, dpc::DpcId, thread::ThreadId},
};

use super::{activation::Origin, half::Half};

/// One virtual processor.
#[derive(Clone)]
pub(crate) struct Cpu<A> {
    /// The current IRQL.
    pub(crate) irql: u8,
    /// The thread that is current, if the processor is not idle.
    pub(crate) thread: Option<ThreadId>,
    /// ISR chains and DPCs on top of the thread, innermost last.
    pub(crate) nested: Vec<Activation<A>>,
    /// DPCs that are queued and have not begun.
    pub(crate) dpcs: VecDeque<DpcId>,
    /// When the DPC that runs has run for too long, and its routine.
    pub(crate) dpc_watchdog: Option<(u64, u64)>,
    /// For how many cycles what is innermost has been above DISPATCH without a break.
    pub(crate) raised_for: u64,
    /// Until when it executes nothing, if that is still to come.
    pub(crate) stalled_until: u64,
    /// What the instruction of its that is half done has read.
    pub(crate) half: Option<Half>,
    /// The stacks of `nested`, by depth, made on first use.
    pub(crate) nested_stacks: Vec<u64>,
}

impl<A> Default for Cpu<A> {
    fn default() -> Self {
        Self {
            irql: irql::PASSIVE,
            thread: None,
            nested: Vec::new(),
            dpcs: VecDeque::new(),
            dpc_watchdog: None,
            raised_for: 0,
            stalled_until: 0,
            half: None,
            nested_stacks: Vec::new(),
        }
    }
}

impl<A> Cpu<A> {
    /// Whether the processor is running DPCs: a drain is never entered twice.
    pub(crate) fn in_dpc(&self) -> bool {
        self.nested
            .iter()
            .any(|activation| activation.origin == Origin::Dpc)
    }
}
