//! Data races, by happens-before over the driver's real accesses.
//!
//! Two accesses to the same bytes race if one of them writes, one of them is not atomic, and nothing
//! orders one before the other. Order comes from what NT promises, and from nothing else: locks,
//! queueing, threads that are made and waited for, events, rundown, requests that are handed over,
//! IRQL on one processor, and atomic memory ([`Edge`] lists them). That one access happened to come
//! first in this run is no order; so a race is seen in most runs that make both accesses, not only in
//! those where they collide.
//!
//! The emulator's memory hooks report each access to the driver's data, its pool and contexts, and the
//! stacks; a stack is watched closely once somebody else than its owner has touched it. Device
//! registers are not memory. What is atomic: instructions with a `lock` prefix, `xchg` with memory, and
//! what the driver declares ([`declared`]), for a relaxed load on x64 is a plain `mov`.
//!
//! An edge may hide a race: two accesses that a lock happened to order in this run, which protects
//! something else, are ordered. Another schedule shows them.

mod clock;
mod declared;
mod edges;
mod report;
mod shadow;
mod strand;

use std::collections::HashMap;

use unicorn_engine::MemType;

use crate::{activation::Origin, failure::Failure, layout, processor::irql, sim::Sim};

use clock::Clock;
pub(crate) use edges::Edge;
use shadow::{Record, Shadow, words};
use strand::{HOST, Strands};
pub(crate) use strand::{Strand, Who};

/// The state of the race detector.
#[derive(Debug)]
pub(crate) struct Races {
    strands: Strands,
    /// What whoever synchronizes on something learns.
    edges: HashMap<Edge, Clock>,
    /// What the sections at each IRQL of each processor did.
    levels: Vec<[Clock; LEVELS]>,
    shadow: Shadow,
    declared: declared::Declared,
    /// Sets of locks, by the number that a record carries, and the set that each processor holds.
    lock_sets: Vec<Vec<u64>>,
    held: Vec<u32>,
    /// The live activation's strand and stack.
    live: Option<(Strand, u64)>,
    /// Which stacks somebody else than the owner has touched.
    shared_stacks: Vec<bool>,
}

const LEVELS: usize = irql::HIGH as usize + 1;

/// An access of the driver.
#[derive(Clone, Copy, Debug)]
struct Access {
    address: u64,
    length: u64,
    write: bool,
    atomic: bool,
}

impl Races {
    pub(crate) fn new(cpus: usize) -> Self {
        Self {
            strands: Strands::new(),
            edges: HashMap::new(),
            levels: (0..cpus).map(|_| Default::default()).collect(),
            shadow: Shadow::new(),
            declared: declared::Declared::default(),
            lock_sets: vec![Vec::new()],
            held: vec![0; cpus],
            live: None,
            shared_stacks: Vec::new(),
        }
    }

    /// Whether the access is to the live activation's own stack, which nobody else has touched.
    fn is_private(&mut self, address: u64) -> bool {
        let offset = address.wrapping_sub(layout::STACK_BASE);
        if offset >= layout::STACK_END - layout::STACK_BASE {
            return false;
        }
        let stack = (offset / layout::STACK_STRIDE) as usize;
        let Some((_, own)) = self.live else {
            return true;
        };
        if (own - 1 - layout::STACK_BASE) / layout::STACK_STRIDE == stack as u64 {
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

impl Sim {
    /// The driver accesses memory that is watched.
    pub(crate) fn on_access(
        &mut self,
        kind: MemType,
        address: u64,
        length: usize,
    ) -> Result<(), Failure> {
        if (self.stacks_end()..layout::STACK_END).contains(&address) {
            // Nothing is mapped there: the access faults.
            return Ok(());
        }
        let write = kind == MemType::WRITE;
        self.check_place(address, length as u64, write)?;
        let atomic = self.code.is_atomic(self.last_pc);
        let access = Access {
            address,
            length: length as u64,
            write,
            atomic,
        };
        self.check_access(access)
    }

    /// A kernel routine accesses memory in the driver's place, as `memcpy` does.
    pub(crate) fn access_for_driver(
        &mut self,
        address: u64,
        length: u64,
        write: bool,
    ) -> Result<(), Failure> {
        let pool = layout::POOL_BASE..layout::POOL_BASE + layout::POOL_SIZE;
        let stacks = layout::STACK_BASE..self.stacks_end();
        let image = self.image_range();
        let watched = [pool, stacks, image];
        if !self.config.rules.watch_memory()
            || !watched.iter().any(|range| range.contains(&address))
        {
            return Ok(());
        }
        self.check_place(address, length, write)?;
        let access = Access {
            address,
            length,
            write,
            atomic: false,
        };
        self.check_access(access)
    }

    /// Whether the driver may touch what is there, now.
    fn check_place(&mut self, address: u64, length: u64, write: bool) -> Result<(), Failure> {
        match address {
            layout::IMAGE_BASE.. => self.check_image_access(address, "touched"),
            layout::STACK_BASE.. => Ok(()),
            _ => self.check_pool_access(address, length, write),
        }
    }

    /// The image's address range.
    pub(crate) fn image_range(&self) -> std::ops::Range<u64> {
        layout::IMAGE_BASE..layout::IMAGE_BASE + u64::from(self.image.size())
    }

    fn check_access(&mut self, access: Access) -> Result<(), Failure> {
        let Some(races) = self.races.as_mut() else {
            return Ok(());
        };
        if races.is_private(access.address) {
            return Ok(());
        }
        let (Some(cpu), Some((strand, _))) = (self.live, races.live) else {
            return Ok(());
        };
        let level = self.cpus[cpu].irql;
        races.follow_irql(strand, cpu, level);
        for (word, mask) in words(access.address, access.length) {
            let atomic = access.atomic || races.shadow.is_atomic(word, mask);
            let place = word | u64::from(mask.trailing_zeros());
            if atomic && !access.write {
                races.acquire(strand, Edge::Atomic(place));
            }
            let state = races.strands.get(strand);
            let new = Record {
                slot: strand.0,
                count: state.clock.get(strand.0),
                rva: (self.last_pc - layout::IMAGE_BASE) as u32,
                who: state.who,
                locks: races.held[cpu],
                mask,
                write: access.write,
                atomic,
                cpu: cpu as u8,
                irql: level,
            };
            if let Some(earlier) = races.shadow.record(word, new, &state.clock) {
                let failure = self.report_race(word, &earlier, &new);
                return self.unless_off(failure);
            }
            if atomic && access.write {
                // An instruction that reads too continues what it read; a store begins anew.
                if access.atomic {
                    races.release(strand, Edge::Atomic(place));
                } else {
                    races.release_anew(strand, Edge::Atomic(place));
                }
            }
        }
        Ok(())
    }

    /// The processor holds other locks than before.
    pub(crate) fn locks_changed(&mut self, cpu: usize) {
        if let Some(races) = self.races.as_mut() {
            races.set_held(cpu, self.kernel.spin_locks.held_by(cpu).collect());
        }
    }

    /// A new strand, for an activation of the live one's making, or of the host's.
    pub(crate) fn begin_strand(&mut self, who: Who, stack_top: u64) -> Strand {
        let parent = self.strand();
        let Some(races) = self.races.as_mut() else {
            return HOST;
        };
        races.forget_stack(stack_top);
        let clock = races.strands.get(parent).clock.clone();
        races.strands.tick(parent);
        races.strands.begin(clock, who, irql::APC)
    }

    /// A new strand on top of what `cpu` runs, at `level`: what interrupts knows nothing of what it
    /// interrupts, and all of those that it could not interrupt.
    pub(crate) fn begin_nested_strand(
        &mut self,
        cpu: usize,
        origin: Origin,
        level: u8,
        stack_top: u64,
    ) -> Strand {
        let who = match origin {
            Origin::Isr => Who::Isr,
            _ => Who::Dpc,
        };
        let Some(races) = self.races.as_mut() else {
            return HOST;
        };
        races.forget_stack(stack_top);
        let clock = races.levels[cpu][usize::from(level)].clone();
        let strand = races.strands.begin(clock, who, level - 1);
        races.follow_irql(strand, cpu, level);
        strand
    }

    /// The live activation has ended.
    pub(crate) fn end_strand(&mut self, cpu: usize, strand: Strand) {
        let nested = self.cpus[cpu].nested.last().is_some();
        if let Some(races) = self.races.as_mut() {
            races.follow_irql(strand, cpu, 0);
            if nested {
                races.release(strand, Edge::Processor(cpu));
            }
            races.strands.end(strand);
        }
    }

    /// Notes which strand's accesses the coming ones are; none while the kernel decides.
    pub(crate) fn strand_is_live(&mut self, live: Option<(Strand, u64)>) {
        let cpu = self.cpu_index();
        let level = self.cpus[cpu].irql;
        if let Some(races) = self.races.as_mut() {
            if let Some((strand, _)) = races.live
                && live.is_none()
            {
                races.follow_irql(strand, cpu, level);
            }
            races.live = live;
        }
    }

    /// The strand on whose behalf the kernel works.
    pub(crate) fn strand(&self) -> Strand {
        let live = self.races.as_ref().and_then(|races| races.live);
        live.map_or(HOST, |(strand, _)| strand)
    }

    /// Memory becomes something else.
    pub(crate) fn forget_memory(&mut self, address: u64, length: u64) {
        if let Some(races) = self.races.as_mut() {
            races.shadow.clear(address, length);
        }
    }
}

impl Races {
    fn forget_stack(&mut self, top: u64) {
        let stack = ((top - 1 - layout::STACK_BASE) / layout::STACK_STRIDE) as usize;
        if let Some(shared) = self.shared_stacks.get_mut(stack)
            && *shared
        {
            *shared = false;
            self.shadow
                .clear(top - layout::STACK_SIZE, layout::STACK_SIZE);
        }
    }
}
