//! The driver's accesses to pool, one by one: inside a live allocation, resident at this IRQL; and
//! which bytes of a request's output were ever written.

use std::collections::BTreeMap;

use crate::{Failure, Rule, processor::irql, sim::Sim};

/// For each system buffer, which of its bytes have been written since the I/O manager made it.
#[derive(Debug, Default)]
pub(crate) struct Outputs(BTreeMap<u64, Vec<bool>>);

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

    fn write(&mut self, buffer: u64, from: u64, length: u64) {
        if let Some(written) = self.0.get_mut(&buffer) {
            let from = (from as usize).min(written.len());
            let to = (from + length as usize).min(written.len());
            written[from..to].fill(true);
        }
    }

    /// The first of the first `length` bytes that nobody wrote.
    pub(crate) fn first_unwritten(&self, buffer: u64, length: usize) -> Option<usize> {
        let written = self.0.get(&buffer)?;
        written.iter().take(length).position(|written| !*written)
    }
}

impl Sim {
    /// Checks an access of the driver to pool.
    pub(crate) fn check_pool_access(
        &mut self,
        address: u64,
        length: u64,
        write: bool,
    ) -> Result<(), Failure> {
        let below = self.kernel.pool.live.range(..=address).next_back();
        let verb = if write { "wrote" } else { "read" };
        let Some((start, allocation)) = below
            .filter(|(start, allocation)| address + length <= **start + allocation.length.max(1))
        else {
            return self.outside_of_pool(address, length, verb);
        };
        let (start, paged) = (*start, allocation.paged);
        if write {
            self.kernel.outputs.write(start, address - start, length);
        }
        let level = self.cpu().irql;
        if paged && level >= irql::DISPATCH {
            let failure = Failure::new(
                Rule::Pageable,
                format!(
                    "the driver {verb} {length} bytes of paged pool at {address:#x} at IRQL {level}: where they are paged out, NT cannot bring them back"
                ),
            );
            return self.unless_off(failure.at(self.locate(self.last_pc)));
        }
        Ok(())
    }

    /// Whether an address lies in an allocation from paged pool.
    pub(crate) fn is_paged_pool(&self, address: u64) -> bool {
        let below = self.kernel.pool.live.range(..=address).next_back();
        below.is_some_and(|(start, allocation)| {
            allocation.paged && address < start + allocation.length.max(1)
        })
    }

    fn outside_of_pool(&mut self, address: u64, length: u64, verb: &str) -> Result<(), Failure> {
        let failure = match self.kernel.pool.freed_block(address) {
            Some(block) => {
                let place = self
                    .origin(block)
                    .map_or_else(String::new, |place| format!(" at {place}"));
                Failure::new(
                    Rule::UseAfterFree,
                    format!(
                        "the driver {verb} {length} bytes at {address:#x}, in a pool block that was freed{place}"
                    ),
                )
            }
            None => Failure::new(
                Rule::PoolMisuse,
                format!(
                    "the driver {verb} {length} bytes at {address:#x}, beside every pool allocation"
                ),
            ),
        };
        self.unless_off(failure.at(self.locate(self.last_pc)))
    }

    /// Checks an access of the driver to its image, or an instruction that is fetched from it.
    pub(crate) fn check_image_access(&mut self, address: u64, what: &str) -> Result<(), Failure> {
        let level = self.cpu().irql;
        if level < irql::DISPATCH || self.code.pageable.is_empty() {
            return Ok(());
        }
        let rva = (address - crate::layout::IMAGE_BASE) as u32;
        if !self.code.pageable.iter().any(|range| range.contains(&rva)) {
            return Ok(());
        }
        let failure = Failure::new(
            Rule::Pageable,
            format!(
                "the driver {what} {address:#x}, in a pageable section of its image, at IRQL {level}"
            ),
        );
        self.unless_off(failure.at(self.locate(self.last_pc)))
    }
}
