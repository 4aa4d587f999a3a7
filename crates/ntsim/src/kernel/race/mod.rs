//! Data races, by happens-before over the driver's real accesses.
//!
//! Two accesses to the same bytes race if one of them writes, one of them is not atomic, and nothing
//! orders one before the other. Order comes from what NT promises, and from nothing else: locks,
//! queueing, threads that are made and waited for, events, rundown, requests that are handed over,
//! IRQL on one processor, and atomic memory ([`Edge`] lists them). That one access happened to come
//! first in this run is no order; so a race is seen in most runs that make both accesses, not only in
//! those where they collide.
//!
//! Each instruction's operands in memory are looked at before it executes: those in the driver's data, its pool and
//! contexts, and the stacks; a stack is watched closely once something else than its owner has touched it. Device
//! registers are not memory. What is atomic: instructions with a `lock` prefix, `xchg` with memory, and
//! the memory and the instructions that the driver declares ([`declared`]), for a relaxed load on x64 is a plain `mov`.
//!
//! An edge may hide a race: two accesses that a lock happened to order in this run, which protects
//! something else, are ordered. Another schedule shows them.

mod access;
mod clock;
mod declared;
mod declaring;
mod device;
mod edges;
mod met;
mod order;
mod report;
mod shadow;
mod strand;
mod watching;

use rustc_hash::FxHashMap;

use crate::{
    guest::layout,
    kernel::{
        irql,
        state::{conflicts::Conflicts, shared::Shared},
    },
};

use clock::Clock;
use met::Met;
use shadow::Shadow;
use strand::Strands;

pub(crate) use edges::Edge;
pub(crate) use strand::{Strand, Who};

/// The state of the race detector.
#[derive(Clone, Debug)]
pub(crate) struct Races {
    strands: Strands,
    /// What what synchronizes on something learns.
    edges: Shared<FxHashMap<Edge, Clock>>,
    /// What the sections at each IRQL of each processor did.
    levels: Vec<[Clock; LEVELS]>,
    shadow: Shadow,
    declared: Shared<declared::Declared>,
    /// Sets of locks, by the number that a record carries, and the set that each processor holds.
    lock_sets: Shared<Vec<Vec<u64>>>,
    held: Vec<u32>,
    /// The live activation's strand and stack.
    live: Option<(Strand, u64)>,
    /// Which stacks something else than the owner has touched.
    shared_stacks: Vec<bool>,
    /// The strand of the device, once it has made a transfer.
    device: Option<Strand>,
    /// What an exploration looks for.
    watch: Option<Conflicts>,
    /// The race that was reported last.
    met: Option<Met>,
}

const LEVELS: usize = irql::HIGH as usize + 1;

/// The number of the stack that an address among the stacks is in.
const fn stack_of(address: u64) -> usize {
    ((address - layout::STACK_BASE) / layout::STACK_STRIDE) as usize
}
impl Races {
    pub(crate) fn new(cpus: usize) -> Self {
        Self {
            strands: Strands::new(),
            edges: Shared::default(),
            levels: (0..cpus).map(|_| Default::default()).collect(),
            shadow: Shadow::new(),
            declared: Shared::default(),
            lock_sets: vec![Vec::new()].into(),
            held: vec![0; cpus],
            live: None,
            shared_stacks: Vec::new(),
            device: None,
            watch: None,
            met: None,
        }
    }

    /// Whether the access is to the live activation's own stack, which nothing else has touched.
    fn is_private(&mut self, address: u64) -> bool {
        if !(layout::STACK_BASE..layout::STACK_END).contains(&address) {
            return false;
        }
        let stack = stack_of(address);
        let Some((_, own)) = self.live else {
            return true;
        };
        if stack_of(own - 1) == stack {
            return !self.shared_stacks.get(stack).is_some_and(|shared| *shared);
        }
        if self.shared_stacks.len() <= stack {
            self.shared_stacks.resize(stack + 1, false);
        }
        self.shared_stacks[stack] = true;
        false
    }

    /// The set of locks that a processor holds has changed.
    fn set_held(&mut self, cpu: usize, locks: Vec<u64>) {
        let known = self.lock_sets.iter().position(|set| *set == locks);
        let number = known.unwrap_or_else(|| {
            self.lock_sets.push(locks);
            self.lock_sets.len() - 1
        });
        self.held[cpu] = number as u32;
    }
}

impl Races {
    fn forget_stack(&mut self, top: u64) {
        let stack = stack_of(top - 1);
        if let Some(shared) = self.shared_stacks.get_mut(stack)
            && *shared
        {
            *shared = false;
            self.shadow
                .clear(top - layout::STACK_SIZE, layout::STACK_SIZE);
        }
    }
}
