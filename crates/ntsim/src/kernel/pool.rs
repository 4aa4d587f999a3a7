//! Pool: tagged allocations with guards on both sides, poisoned when freed.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    activation::Flow,
    failure::{Failure, rule},
    guest::Guest,
    layout,
    processor::irql,
    sim::Sim,
};

/// Who an allocation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The driver, which has to free it.
    Driver,
    /// The kernel or the framework.
    Kernel,
}

/// An allocation.
#[derive(Clone, Debug)]
struct Allocation {
    length: u64,
    tag: u32,
    paged: bool,
    owner: Owner,
}

/// The pool.
#[derive(Default)]
pub(crate) struct Pool {
    live: BTreeMap<u64, Allocation>,
    /// Freed blocks by their rounded length; a block is reused only after a while.
    freed: BTreeMap<u64, VecDeque<u64>>,
    used: u64,
}

/// A page.
const PAGE: u64 = 0x1000;
/// Bytes of guard on either side of an allocation.
const GUARD: u64 = 32;
const GUARD_BYTE: u8 = 0xFD;
/// What fresh memory holds that was not asked to be zeroed.
const UNINITIALIZED_BYTE: u8 = 0xCD;
/// What freed memory holds.
const FREED_BYTE: u8 = 0xDD;
/// How many freed blocks of a size rest before the oldest is used again.
const RESTING: usize = 64;

/// `POOL_FLAG_*` of `ExAllocatePool2`.
mod flag {
    pub(super) const UNINITIALIZED: u64 = 0x2;
    pub(super) const RAISE_ON_FAILURE: u64 = 0x20;
    pub(super) const NON_PAGED: u64 = 0x40;
    pub(super) const NON_PAGED_EXECUTE: u64 = 0x80;
    pub(super) const PAGED: u64 = 0x100;
}

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

fn misuse(message: String) -> Failure {
    Failure::new(rule::POOL_MISUSE, message)
}

/// A tag as its four characters, in the order in which tools show it.
fn show_tag(tag: u32) -> String {
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

impl Sim {
    fn pool_take(
        &mut self,
        guest: &mut Guest,
        length: u64,
        fill: u8,
    ) -> Result<Option<u64>, Failure> {
        let rounded = length.max(1).next_multiple_of(16);
        let pool = &mut self.kernel.pool;
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

    fn pool_give_back(&mut self, guest: &mut Guest, address: u64) -> Result<(), Failure> {
        let allocation = self
            .kernel
            .pool
            .live
            .remove(&address)
            .expect("only a live allocation is given back");
        self.check_guards(guest, address, &allocation)?;
        let rounded = allocation.length.max(1).next_multiple_of(16);
        guest.write(address, &vec![FREED_BYTE; rounded as usize])?;
        self.kernel
            .pool
            .freed
            .entry(rounded)
            .or_default()
            .push_back(address);
        Ok(())
    }

    /// Checks that nobody wrote to a block that was freed.
    fn check_freed(&self, guest: &Guest, address: u64, rounded: u64) -> Result<(), Failure> {
        let bytes = guest.read_vec(address, rounded as usize)?;
        if bytes.iter().all(|byte| *byte == FREED_BYTE) {
            return Ok(());
        }
        let failure = misuse(format!(
            "the pool block at {address:#x} was written after it was freed"
        ));
        Err(failure.at(self.origin(address)))
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
            .ok_or_else(|| Failure::new(rule::EMULATOR, "the simulated pool is exhausted"))?;
        let allocation = Allocation {
            length,
            tag: u32::from_le_bytes(*b"ntsm"),
            paged: false,
            owner: Owner::Kernel,
        };
        self.kernel.pool.live.insert(address, allocation);
        Ok(address)
    }

    /// Gives such memory back.
    pub(crate) fn kernel_free(&mut self, guest: &mut Guest, address: u64) -> Result<(), Failure> {
        self.pool_give_back(guest, address)
    }

    /// `ExAllocatePool2`.
    pub(crate) fn ex_allocate_pool2(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (flags, length, tag) = (
            guest.argument(0)?,
            guest.argument(1)?,
            guest.argument_u32(2)?,
        );
        let kind = flags & (flag::NON_PAGED | flag::NON_PAGED_EXECUTE | flag::PAGED);
        if kind.count_ones() != 1 || tag == 0 || length == 0 {
            return Err(misuse(format!(
                "ExAllocatePool2 was called with flags {flags:#x}, {length} bytes and tag {tag:#x}"
            )));
        }
        if kind == flag::NON_PAGED_EXECUTE {
            return Err(misuse(
                "ExAllocatePool2 was asked for executable pool".to_owned(),
            ));
        }
        if kind == flag::PAGED && self.cpu().irql > irql::APC {
            return Err(Failure::new(
                rule::IRQL,
                "paged pool was allocated above APC",
            ));
        }
        if flags & flag::RAISE_ON_FAILURE != 0 {
            return Err(Failure::not_modelled("POOL_FLAG_RAISE_ON_FAILURE"));
        }
        let fill = if flags & flag::UNINITIALIZED == 0 {
            0
        } else {
            UNINITIALIZED_BYTE
        };
        let Some(address) = self.pool_take(guest, length, fill)? else {
            return Ok(Flow::Return(0));
        };
        let allocation = Allocation {
            length,
            tag,
            paged: kind == flag::PAGED,
            owner: Owner::Driver,
        };
        self.kernel.pool.live.insert(address, allocation);
        self.note_origin(guest, address);
        Ok(Flow::Return(address))
    }

    fn free(&mut self, guest: &mut Guest, address: u64, tag: u32) -> Result<Flow, Failure> {
        let Some(allocation) = self
            .kernel
            .pool
            .live
            .get(&address)
            .filter(|allocation| allocation.owner == Owner::Driver)
        else {
            return Err(misuse(format!(
                "{address:#x} was freed and is no allocation of the driver's"
            )));
        };
        if tag != 0 && tag != allocation.tag {
            return Err(misuse(format!(
                "an allocation with the tag '{}' was freed with the tag '{}'",
                show_tag(allocation.tag),
                show_tag(tag)
            )));
        }
        if allocation.paged && self.cpu().irql > irql::APC {
            return Err(Failure::new(rule::IRQL, "paged pool was freed above APC"));
        }
        self.pool_give_back(guest, address)?;
        self.note_origin(guest, address);
        Ok(Flow::Return(0))
    }

    /// `ExFreePool`.
    pub(crate) fn ex_free_pool(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let address = guest.argument(0)?;
        self.free(guest, address, 0)
    }

    /// `ExFreePoolWithTag`.
    pub(crate) fn ex_free_pool_with_tag(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (address, tag) = (guest.argument(0)?, guest.argument_u32(1)?);
        self.free(guest, address, tag)
    }

    /// After unload: nothing of the driver's may be left, and no guard may be hurt.
    pub(crate) fn check_pool_at_unload(&self, guest: &Guest) -> Result<(), Failure> {
        for (address, allocation) in &self.kernel.pool.live {
            self.check_guards(guest, *address, allocation)?;
            if allocation.owner == Owner::Driver {
                let failure = Failure::new(
                    rule::POOL_LEAK,
                    format!(
                        "{} bytes with the tag '{}' were not freed before the driver was unloaded",
                        allocation.length,
                        show_tag(allocation.tag)
                    ),
                );
                return Err(failure.at(self.origin(*address)));
            }
        }
        for (rounded, blocks) in &self.kernel.pool.freed {
            for address in blocks {
                self.check_freed(guest, *address, *rounded)?;
            }
        }
        Ok(())
    }
}
