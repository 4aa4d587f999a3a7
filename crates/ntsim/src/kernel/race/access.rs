//! The driver's accesses to memory, as they come: which are looked at, and by which rules.

use nt_model::Failure;

use crate::{
    guest::{
        Guest,
        code::{Instructions, Known, Use},
        layout,
    },
    kernel::{
        Kernel,
        race::{
            edges::Edge,
            met::Met,
            shadow::{Record, words},
            stack_of,
        },
        report::programs_memory,
        state::half::Part,
    },
};

/// An access of the driver.
#[derive(Clone, Copy, Debug)]
struct Access {
    address: u64,
    length: u64,
    write: bool,
    atomic: bool,
}

impl<A> Kernel<A> {
    /// The driver is about to execute an instruction with these operands in memory, or a part of it.
    pub(crate) fn access_operands(
        &mut self,
        guest: &mut Guest,
        known: Known,
        part: Part,
    ) -> Result<(), Failure> {
        for place in Instructions::operands_of(known) {
            let operand = self.code.borrow().operand(place);
            if operand.own_stack && !self.own_stack_is_watched() {
                continue;
            }
            let Some(address) = operand.address(guest) else {
                continue;
            };
            if layout::is_read_only(address) {
                if operand.use_of != Use::Read {
                    return Err(self.bad_access("wrote", operand.length.into(), address));
                }
                if layout::is_shared_data(address) {
                    self.show_shared_data(guest, address, operand.length.into())?;
                }
                continue;
            }
            if !self.is_watched(address) {
                continue;
            }
            let writes: &[bool] = match (operand.use_of, part) {
                (Use::Read, _) | (Use::Both, Part::Read) => &[false],
                (Use::Write, _) | (Use::Both, Part::Write) => &[true],
                (Use::Both, Part::Whole) => &[false, true],
            };
            for write in writes.iter().copied() {
                let access = Access {
                    address,
                    length: operand.length.into(),
                    write,
                    atomic: known.atomic,
                };
                self.check_place(access.address, access.length, write)?;
                self.check_access(access)?;
            }
        }
        Ok(())
    }

    /// Whether anybody but its owner has touched the live activation's stack.
    fn own_stack_is_watched(&self) -> bool {
        self.races.as_ref().is_some_and(|races| {
            let own = races.live.map(|(_, top)| stack_of(top - 1));
            own.is_none_or(|own| races.shared_stacks.get(own).is_some_and(|shared| *shared))
        })
    }

    /// Whether an access there is looked at: to pool, to a stack, to the image.
    fn is_watched(&self, address: u64) -> bool {
        let pool = layout::POOL_BASE..layout::POOL_BASE + layout::POOL_SIZE;
        // Beyond the last stack nothing is mapped: an access faults.
        let stacks = layout::STACK_BASE..self.stacks_end();
        pool.contains(&address)
            || stacks.contains(&address)
            || self.image_range().contains(&address)
    }

    /// A kernel routine accesses memory in the driver's place, as `memcpy` does.
    pub(crate) fn access_for_driver(
        &mut self,
        address: u64,
        length: u64,
        write: bool,
    ) -> Result<(), Failure> {
        if layout::is_programs(address) {
            return Err(programs_memory(address));
        }
        if !self.is_watched(address) {
            return self.check_no_registers(address);
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
            layout::IMAGE_BASE.. => {
                if write && self.code.borrow().writable {
                    self.check_code_write(address)?;
                }
                self.check_image_access(address, "touched")
            }
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
        let marked = races
            .declared
            .marks(self.last_pc, access.address, access.length);
        for (word, mask) in words(access.address, access.length) {
            races.note_access(word, strand, access.write);
            let atomic = access.atomic || marked || races.shadow.is_atomic(word, mask);
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
                at: self.instructions as u32,
            };
            if let Some(earlier) = races.shadow.record(word, new, &state.clock) {
                races.met = Some(Met::of(&earlier, &new));
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
}
