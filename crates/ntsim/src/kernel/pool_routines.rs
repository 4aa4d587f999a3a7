//! `ExAllocatePool2` and the routines that free.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        Kernel, irql,
        pool::{misuse, show_tag},
        state::{
            activation::Flow,
            pool::{Allocation, Owner},
        },
    },
};

/// `POOL_FLAG_*` of `ExAllocatePool2`.
mod flag {
    pub(super) const UNINITIALIZED: u64 = 0x2;
    pub(super) const RAISE_ON_FAILURE: u64 = 0x20;
    pub(super) const NON_PAGED: u64 = 0x40;
    pub(super) const NON_PAGED_EXECUTE: u64 = 0x80;
    pub(super) const PAGED: u64 = 0x100;
}

/// `POOL_TYPE` of `ExAllocatePoolWithTag`.
mod pool_type {
    pub(super) const NON_PAGED: u32 = 0;
    pub(super) const PAGED: u32 = 1;
    pub(super) const CACHE_ALIGNED: u32 = 4;
    pub(super) const NON_PAGED_NX: u32 = 512;
}

impl<A> Kernel<A> {
    /// `ExAllocatePool2`.
    pub(crate) fn ex_allocate_pool2(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
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
                Rule::Irql,
                "paged pool was allocated above APC",
            ));
        }
        if flags & flag::RAISE_ON_FAILURE != 0 {
            return Err(Failure::not_modelled("POOL_FLAG_RAISE_ON_FAILURE"));
        }
        let fill = if flags & flag::UNINITIALIZED == 0 {
            0
        } else {
            self.uninitialized_pool()
        };
        let paged = kind == flag::PAGED;
        self.allocate_for_driver(guest, length, tag, paged, fill)
    }

    /// `ExAllocatePoolWithTag`, which later kits deprecate. What it gives is not initialized.
    pub(crate) fn ex_allocate_pool_with_tag(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (kind, length, tag) = (
            guest.argument_u32(0)?,
            guest.argument(1)?,
            guest.argument_u32(2)?,
        );
        // Pool that may be executed is pool like any other here, and an instruction in it faults.
        let paged = match kind & !pool_type::CACHE_ALIGNED {
            pool_type::NON_PAGED | pool_type::NON_PAGED_NX => false,
            pool_type::PAGED => true,
            other => {
                return Err(Failure::not_modelled(format!(
                    "ExAllocatePoolWithTag with the pool type {other}"
                )));
            }
        };
        if tag == 0 || length == 0 {
            return Err(misuse(format!(
                "ExAllocatePoolWithTag was called with {length} bytes and tag {tag:#x}"
            )));
        }
        if paged && self.cpu().irql > irql::APC {
            return Err(Failure::new(
                Rule::Irql,
                "paged pool was allocated above APC",
            ));
        }
        let fill = self.uninitialized_pool();
        self.allocate_for_driver(guest, length, tag, paged, fill)
    }

    /// Allocates what the driver has to free.
    pub(crate) fn allocate_for_driver(
        &mut self,
        guest: &mut Guest,
        length: u64,
        tag: u32,
        paged: bool,
        fill: u8,
    ) -> Result<Flow<A>, Failure> {
        let Some(address) = self.pool_take(guest, length, fill)? else {
            return Ok(Flow::Return(0));
        };
        let allocation = Allocation {
            length,
            tag,
            paged,
            owner: Owner::Driver,
        };
        self.pool.live.insert(address, allocation);
        self.declare_pool(address, length, tag);
        self.note_origin(guest, address);
        Ok(Flow::Return(address))
    }

    /// Frees what the driver was given under a tag; zero stands for any.
    pub(crate) fn free(
        &mut self,
        guest: &mut Guest,
        address: u64,
        tag: u32,
    ) -> Result<Flow<A>, Failure> {
        let Some(allocation) = self
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
            return Err(Failure::new(Rule::Irql, "paged pool was freed above APC"));
        }
        // Who frees has to be the last: a free is ordered as a write is.
        let length = allocation.length;
        self.access_for_driver(address, length, true)?;
        self.pool_give_back(guest, address)?;
        self.note_origin(guest, address);
        Ok(Flow::Return(0))
    }

    /// `ExFreePool`.
    pub(crate) fn ex_free_pool(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let address = guest.argument(0)?;
        self.free(guest, address, 0)
    }

    /// `ExFreePoolWithTag`.
    pub(crate) fn ex_free_pool_with_tag(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (address, tag) = (guest.argument(0)?, guest.argument_u32(1)?);
        self.free(guest, address, tag)
    }
}
