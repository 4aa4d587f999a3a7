//! Pool: the allocations that live, the blocks that were freed, and what was written of a request's output.

use std::collections::{BTreeMap, VecDeque};

use super::shared::Shared;

/// Who an allocation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) enum Owner {
    /// The driver, which has to free it.
    Driver,
    /// The kernel or the framework.
    Kernel,
}

/// An allocation.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Allocation {
    pub(in crate::kernel) length: u64,
    pub(in crate::kernel) tag: u32,
    pub(in crate::kernel) paged: bool,
    pub(in crate::kernel) owner: Owner,
}

/// The pool.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    pub(in crate::kernel) live: Shared<BTreeMap<u64, Allocation>>,
    /// Freed blocks by their rounded length; a block is reused only after a while.
    pub(in crate::kernel) freed: Shared<BTreeMap<u64, VecDeque<u64>>>,
    pub(in crate::kernel) used: u64,
}

impl Pool {
    /// How many bytes of the region have ever been used.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// How many blocks the driver has, and how many bytes they are.
    pub(crate) fn of_driver(&self) -> (usize, u64) {
        let blocks = self.live.values().filter(|it| it.owner == Owner::Driver);
        blocks.fold((0, 0), |(blocks, bytes), it| {
            (blocks + 1, bytes + it.length)
        })
    }

    /// The freed block that an address lies in.
    pub(in crate::kernel) fn freed_block(&self, address: u64) -> Option<u64> {
        let mut blocks = self
            .freed
            .iter()
            .flat_map(|(length, blocks)| blocks.iter().map(move |block| (*block, *length)));
        blocks
            .find(|(block, length)| (*block..*block + *length).contains(&address))
            .map(|(block, _)| block)
    }
}

/// For each system buffer, which of its bytes have been written since the I/O manager made it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs(pub(in crate::kernel) Shared<BTreeMap<u64, Vec<bool>>>);

impl Outputs {
    /// A buffer of which the caller's input is written.
    pub(crate) fn add(&mut self, buffer: u64, input: usize, length: usize) {
        let mut written = vec![false; length];
        written[..input].fill(true);
        self.0.insert(buffer, written);
    }

    pub(crate) fn remove(&mut self, buffer: u64) {
        self.0.remove(&buffer);
    }

    pub(in crate::kernel) fn write(&mut self, buffer: u64, from: u64, length: u64) {
        if let Some(written) = self.0.get_mut(&buffer) {
            let from = (from as usize).min(written.len());
            let to = (from + length as usize).min(written.len());
            written[from..to].fill(true);
        }
    }

    /// The first of the first `length` bytes that nothing wrote.
    pub(crate) fn first_unwritten(&self, buffer: u64, length: usize) -> Option<usize> {
        let written = self.0.get(&buffer)?;
        written.iter().take(length).position(|written| !*written)
    }
}
