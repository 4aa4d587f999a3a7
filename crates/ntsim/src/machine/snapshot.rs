//! Snapshots: a machine as it was at some moment, to which it can go back.
//!
//! The state is copied, which is cheap, for copies share what they do not change. The guest's memory is copied whole
//! once, and a restore writes back what differs, of the pages that were ever written. What the emulator has translated, and what was decoded, stays: code does
//! not change.

use std::{collections::BTreeMap, fmt, rc::Rc};

use nt_model::Failure;

use super::{
    Machine,
    emulator::lasts,
    handle::{Clients, OpenFile},
    hook::{Slot, map_registers},
};
use crate::{
    guest::{emulator, layout},
    system::System,
};

/// Bytes that are compared, and written back, together.
const PAGE: usize = 0x1000;

/// A machine as it was between two runs.
pub struct Snapshot {
    /// Whose it is.
    slot: Rc<Slot>,
    system: System,
    /// The parts of memory, in the order of their addresses.
    memory: Vec<(u64, Vec<u8>)>,
    files: BTreeMap<u32, OpenFile>,
    next_file: u32,
    clients: Clients,
    at_rest: bool,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: usize = self.memory.iter().map(|(_, bytes)| bytes.len()).sum();
        f.debug_struct("Snapshot")
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Whether the guest's memory is the same in another snapshot of the machine: what one of them does not have is zero.
    #[must_use]
    pub fn has_memory_of(&self, other: &Self) -> bool {
        let covers = |one: &Self, other: &Self| {
            one.memory.iter().all(|(base, bytes)| {
                let there = other.memory.binary_search_by_key(base, |(base, _)| *base);
                let there = there.map_or(&[][..], |index| &other.memory[index].1);
                let (both, rest) = bytes.split_at(bytes.len().min(there.len()));
                *both == there[..both.len()] && rest.iter().all(|byte| *byte == 0)
            })
        };
        covers(self, other) && covers(other, self)
    }
}

/// A copy of a machine's state without the guest's memory.
#[derive(Clone)]
pub struct State(
    #[expect(dead_code, reason = "it is for those who measure what a copy costs")] System,
);

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl Machine {
    /// A copy of the machine's state, without the guest's memory: what is copied for every branch of an exploration.
    #[must_use]
    pub fn state(&self) -> State {
        State(self.system().clone())
    }

    /// The machine as it is now.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn snapshot(&mut self) -> Result<Snapshot, Failure> {
        let mut memory = Vec::new();
        for (base, length) in self.extents()? {
            let mut bytes = vec![0; length];
            self.uc.mem_read(base, &mut bytes).map_err(emulator)?;
            memory.push((base, bytes));
        }
        memory.sort_unstable_by_key(|(base, _)| *base);
        Ok(Snapshot {
            slot: Rc::clone(&self.slot),
            system: self.system().clone(),
            memory,
            files: self.files.clone(),
            next_file: self.next_file,
            clients: self.clients.clone(),
            at_rest: self.at_rest,
        })
    }

    /// Goes back to a snapshot: what the host does next, the machine answers as it did, or would have done, then.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    ///
    /// # Panics
    ///
    /// Where the snapshot is another machine's.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        assert!(
            Rc::ptr_eq(&self.slot, &snapshot.slot),
            "a machine goes back to its own snapshots"
        );
        self.restore_memory(&snapshot.memory)?;
        let mut system = snapshot.system.clone();
        let now = self.system();
        // Stacks that were mapped since stay so.
        let stacks_end = now.kernel.mapped_stacks.max(now.kernel.stacks_end());
        system.kernel.mapped_stacks = system.kernel.mapped_stacks.max(stacks_end);
        for mapping in system.kernel.io_space.iter() {
            map_registers(&self.slot, &mut self.uc, *mapping)?;
        }
        *self.system_mut() = system;
        self.files.clone_from(&snapshot.files);
        self.next_file = snapshot.next_file;
        self.clients.clone_from(&snapshot.clients);
        self.at_rest = snapshot.at_rest;
        self.just_started = false;
        self.config = self.system().kernel.config.clone();
        Ok(())
    }

    /// The guest's memory that may change: where each part begins, and how many bytes of it have been used.
    fn extents(&self) -> Result<Vec<(u64, usize)>, Failure> {
        let image = &self.image;
        let is_code = |base: u64| {
            image.sections().iter().any(|section| {
                lasts(section) && base == layout::IMAGE_BASE + u64::from(section.rva)
            })
        };
        let kernel = &self.system().kernel;
        let mut extents = Vec::new();
        for region in self.uc.mem_regions().map_err(emulator)? {
            let used = match region.begin {
                layout::TRAP_BASE => 0,
                base if is_code(base) || layout::is_io_space(base) => 0,
                layout::POOL_BASE => kernel.pool.used(),
                base if (layout::STACK_BASE..layout::STACK_END).contains(&base) => {
                    // Those above are mapped, zero and unused.
                    if base < kernel.stacks_end() {
                        layout::STACK_SIZE
                    } else {
                        0
                    }
                }
                base => region.end - base + 1,
            };
            extents.push((region.begin, used as usize));
        }
        Ok(extents)
    }

    fn restore_memory(&mut self, memory: &[(u64, Vec<u8>)]) -> Result<(), Failure> {
        let mut buffer = [0; PAGE];
        for (base, used) in self.extents()? {
            let then = memory.binary_search_by_key(&base, |(base, _)| *base);
            let then = then.map_or(&[][..], |index| &memory[index].1);
            let length = used.max(then.len());
            for from in (0..length).step_by(PAGE) {
                let at = base + from as u64;
                // What was never written is as it was then.
                if !self.uc.get_data().has(at) {
                    continue;
                }
                let now = &mut buffer[..PAGE.min(length - from)];
                self.uc.mem_read(at, now).map_err(emulator)?;
                let known = &then[from.min(then.len())..(from + now.len()).min(then.len())];
                // What was not used then was zero.
                let differs = now[..known.len()] != *known
                    || now[known.len()..].iter().any(|byte| *byte != 0);
                if differs {
                    now.fill(0);
                    now[..known.len()].copy_from_slice(known);
                    self.uc.mem_write(at, now).map_err(emulator)?;
                }
            }
        }
        Ok(())
    }
}
