//! `PshedAllocateMemory` and `PshedFreeMemory`: non-paged pool under a tag of PSHED's.

use crate::{activation::Flow, failure::Failure, guest::Guest, sim::Sim};

/// The tag under which PSHED allocates for a plug-in.
const TAG: u32 = u32::from_le_bytes(*b"Pshd");

impl Sim {
    /// `PshedAllocateMemory`.
    pub(crate) fn pshed_allocate_memory(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let length = guest.argument_u32(0)?;
        self.allocate_for_driver(guest, u64::from(length), TAG, false, 0)
    }

    /// `PshedFreeMemory`.
    pub(crate) fn pshed_free_memory(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let address = guest.argument(0)?;
        self.free(guest, address, TAG)
    }
}
