//! The driver's accesses to pool, one by one: inside a live allocation, resident at this IRQL; and
//! which bytes of a request's output were ever written.

use nt_model::{Failure, Rule};

use crate::{
    guest::layout,
    kernel::{Kernel, irql},
};

impl<A> Kernel<A> {
    /// Checks an access of the driver to pool.
    pub(crate) fn check_pool_access(
        &mut self,
        address: u64,
        length: u64,
        write: bool,
    ) -> Result<(), Failure> {
        let below = self.pool.live.range(..=address).next_back();
        let verb = if write { "wrote" } else { "read" };
        let Some((start, allocation)) = below
            .filter(|(start, allocation)| address + length <= **start + allocation.length.max(1))
        else {
            return self.outside_of_pool(address, length, verb);
        };
        let (start, paged) = (*start, allocation.paged);
        if write {
            self.outputs.write(start, address - start, length);
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
        let below = self.pool.live.range(..=address).next_back();
        below.is_some_and(|(start, allocation)| {
            allocation.paged && address < start + allocation.length.max(1)
        })
    }

    fn outside_of_pool(&mut self, address: u64, length: u64, verb: &str) -> Result<(), Failure> {
        let failure = match self.pool.freed_block(address) {
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

    /// The driver is about to write to its image. Code that changes is not modelled: what was decoded would go on.
    pub(crate) fn check_code_write(&mut self, address: u64) -> Result<(), Failure> {
        let section = self.image.section_at((address - layout::IMAGE_BASE) as u32);
        match section {
            Some(section) if section.protection.execute => Err(Failure::not_modelled(format!(
                "the driver writes to {address:#x}, in the code of its section {}",
                section.name
            ))),
            _ => Ok(()),
        }
    }

    /// Checks an access of the driver to its image, or an instruction that is fetched from it.
    pub(crate) fn check_image_access(&mut self, address: u64, what: &str) -> Result<(), Failure> {
        let level = self.cpu().irql;
        if level < irql::DISPATCH || self.pageable.is_empty() {
            return Ok(());
        }
        let rva = (address - layout::IMAGE_BASE) as u32;
        if !self.pageable.iter().any(|range| range.contains(&rva)) {
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
