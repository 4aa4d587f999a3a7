//! Pool: tagged allocations with guards on both sides, poisoned when freed.

use nt_model::{Failure, Limit, Rule};

use crate::{
    guest::{Guest, layout},
    kernel::{
        Kernel,
        state::pool::{Allocation, Owner},
    },
};

/// A page.
const PAGE: u64 = 0x1000;
/// Bytes of guard on either side of an allocation.
const GUARD: u64 = 32;
const GUARD_BYTE: u8 = 0xFD;
/// What freed memory holds.
const FREED_BYTE: u8 = 0xDD;
/// How many freed blocks of a size rest before the oldest is used again.
const RESTING: usize = 64;

/// Where an allocation goes that would begin at `address`: a page or more begins on a page, and less
/// does not cross one (nf-wdm-exallocatepool2).
fn place(address: u64, length: u64) -> u64 {
    let crosses = address / PAGE != (address + length - 1) / PAGE;
    if length >= PAGE || crosses {
        address.next_multiple_of(PAGE)
    } else {
        address
    }
}

pub(super) fn misuse(message: String) -> Failure {
    Failure::new(Rule::PoolMisuse, message)
}

/// A tag as its four characters, in the order in which tools show it.
pub(super) fn show_tag(tag: u32) -> String {
    tag.to_le_bytes()
        .iter()
        .map(|byte| {
            if byte.is_ascii_graphic() {
                char::from(*byte)
            } else {
                '.'
            }
        })
        .collect()
}

impl<A> Kernel<A> {
    pub(super) fn pool_take(
        &mut self,
        guest: &mut Guest,
        length: u64,
        fill: u8,
    ) -> Result<Option<u64>, Failure> {
        let rounded = length.max(1).next_multiple_of(16);
        let pool = &mut self.pool;
        let resting = pool.freed.entry(rounded).or_default();
        let address = if resting.len() > RESTING {
            let address = resting.pop_front().expect("more than none rest");
            self.check_freed(guest, address, rounded)?;
            address
        } else {
            let address = place(layout::POOL_BASE + pool.used + GUARD, rounded);
            let end = address + rounded + GUARD - layout::POOL_BASE;
            if end > layout::POOL_SIZE {
                return Ok(None);
            }
            pool.used = end;
            address
        };
        guest.write(address - GUARD, &[GUARD_BYTE; GUARD as usize])?;
        guest.write(address, &vec![fill; length as usize])?;
        // The guard begins with the first byte behind the allocation, not with the next word.
        guest.write(
            address + length,
            &vec![GUARD_BYTE; (rounded - length + GUARD) as usize],
        )?;
        Ok(Some(address))
    }

    pub(super) fn pool_give_back(
        &mut self,
        guest: &mut Guest,
        address: u64,
    ) -> Result<(), Failure> {
        let allocation = self
            .pool
            .live
            .remove(&address)
            .expect("only a live allocation is given back");
        self.check_guards(guest, address, &allocation)?;
        self.check_no_dpc_in(address, allocation.length)?;
        self.forget_memory(address, allocation.length);
        let memory = address..address + allocation.length;
        self.spin_locks.forget_memory(memory);
        let rounded = allocation.length.max(1).next_multiple_of(16);
        guest.write(address, &vec![FREED_BYTE; rounded as usize])?;
        self.pool
            .freed
            .entry(rounded)
            .or_default()
            .push_back(address);
        Ok(())
    }

    /// Checks that nothing wrote to a block that was freed.
    fn check_freed(&self, guest: &Guest, address: u64, rounded: u64) -> Result<(), Failure> {
        let bytes = guest.read_vec(address, rounded as usize)?;
        if bytes.iter().all(|byte| *byte == FREED_BYTE) {
            return Ok(());
        }
        let failure = misuse(format!(
            "the pool block at {address:#x} was written after it was freed"
        ));
        Err(self.blame(failure, address))
    }

    fn check_guards(
        &self,
        guest: &Guest,
        address: u64,
        allocation: &Allocation,
    ) -> Result<(), Failure> {
        let rounded = allocation.length.max(1).next_multiple_of(16);
        let below = guest.read_vec(address - GUARD, GUARD as usize)?;
        let above = guest.read_vec(
            address + allocation.length,
            (rounded - allocation.length + GUARD) as usize,
        )?;
        if below.iter().chain(&above).any(|byte| *byte != GUARD_BYTE) {
            return Err(misuse(format!(
                "the memory beside the pool allocation of {} bytes at {address:#x} (tag '{}') was written",
                allocation.length,
                show_tag(allocation.tag)
            )));
        }
        Ok(())
    }

    /// Memory of the kernel's own that the driver may see, zeroed.
    pub(crate) fn kernel_allocate(
        &mut self,
        guest: &mut Guest,
        length: u64,
    ) -> Result<u64, Failure> {
        let address = self
            .pool_take(guest, length, 0)?
            .ok_or_else(|| Failure::new(Limit::Emulator, "the simulated pool is exhausted"))?;
        let allocation = Allocation {
            length,
            tag: u32::from_le_bytes(*b"ntsm"),
            paged: false,
            owner: Owner::Kernel,
        };
        self.pool.live.insert(address, allocation);
        Ok(address)
    }

    /// Gives such memory back.
    pub(crate) fn kernel_free(&mut self, guest: &mut Guest, address: u64) -> Result<(), Failure> {
        self.pool_give_back(guest, address)
    }

    /// After unload: nothing of the driver's may be left, and no guard may be hurt.
    pub(crate) fn check_pool_at_unload(&self, guest: &Guest) -> Result<(), Failure> {
        for (address, allocation) in self.pool.live.iter() {
            self.check_guards(guest, *address, allocation)?;
            if allocation.owner == Owner::Driver {
                let failure = Failure::new(
                    Rule::PoolLeak,
                    format!(
                        "{} bytes with the tag '{}' were not freed before the driver was unloaded",
                        allocation.length,
                        show_tag(allocation.tag)
                    ),
                );
                return Err(self.blame(failure, *address));
            }
        }
        for (rounded, blocks) in self.pool.freed.iter() {
            for address in blocks {
                self.check_freed(guest, *address, *rounded)?;
            }
        }
        Ok(())
    }
}
