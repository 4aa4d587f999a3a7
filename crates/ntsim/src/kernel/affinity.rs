//! Processor numbers, and threads that choose their processors.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{
        Kernel, irql,
        race::Edge,
        state::{activation::Flow, frame::Frame},
    },
};

/// `GROUP_AFFINITY`: `Mask` at 0, `Group` at 8, three reserved words; 16 bytes.
const GROUP: u64 = 8;

impl<A> Kernel<A> {
    fn all_processors(&self) -> u64 {
        (1 << self.cpus.len()) - 1
    }

    fn write_processor_number(guest: &mut Guest, at: u64, number: usize) -> Result<(), Failure> {
        // PROCESSOR_NUMBER: Group u16, Number u8, Reserved u8.
        guest.write(at, &[0, 0, number as u8, 0])
    }

    /// `KeGetCurrentProcessorNumberEx`.
    pub(crate) fn ke_get_current_processor_number_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (out, number) = (guest.argument(0)?, self.cpu_index());
        if out != 0 {
            Self::write_processor_number(guest, out, number)?;
        }
        Ok(Flow::Return(number as u64))
    }

    /// `KeGetProcessorNumberFromIndex`.
    pub(crate) fn ke_get_processor_number_from_index(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (index, out) = (guest.argument_u32(0)? as usize, guest.argument(1)?);
        if index >= self.cpus.len() {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        Self::write_processor_number(guest, out, index)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `KeQueryActiveProcessorCountEx`.
    pub(crate) fn ke_query_active_processor_count_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        // ALL_PROCESSOR_GROUPS, or the only group there is.
        let known = matches!(guest.argument_u32(0)? & 0xFFFF, 0 | 0xFFFF);
        Ok(Flow::Return(if known { self.cpus.len() as u64 } else { 0 }))
    }

    /// `KeSetSystemGroupAffinityThread`: the thread is on an allowed processor when it returns, if
    /// it was called below DISPATCH.
    pub(crate) fn ke_set_system_group_affinity_thread(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (wanted, previous) = (guest.argument(0)?, guest.argument(1)?);
        let (mask, group) = (guest.read_u64(wanted)?, guest.read_u16(wanted + GROUP)?);
        let mask = mask & self.all_processors();
        let before = self
            .current_thread()
            .map_or(u64::MAX, |thread| thread.affinity);
        if previous != 0 {
            let shown = if before == u64::MAX { 0 } else { before };
            guest.write_u64(previous, shown)?;
            guest.write_u64(previous + GROUP, 0)?;
        }
        // The page: an invalid affinity leaves the thread's as it is, and Previous is zeroed.
        if mask == 0 || group != 0 {
            if previous != 0 {
                guest.write_u64(previous, 0)?;
            }
            return Ok(Flow::Return(0));
        }
        self.move_thread(mask)
    }

    /// `KeRevertToUserGroupAffinityThread`.
    pub(crate) fn ke_revert_to_user_group_affinity_thread(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let previous = guest.argument(0)?;
        let (mask, group) = (guest.read_u64(previous)?, guest.read_u16(previous + GROUP)?);
        // The page: an invalid affinity has no effect.
        if group != 0 || mask & !self.all_processors() != 0 {
            return Ok(Flow::Return(0));
        }
        self.move_thread(if mask == 0 { u64::MAX } else { mask })
    }

    fn move_thread(&mut self, mask: u64) -> Result<Flow<A>, Failure> {
        if let Some(thread) = self.current_thread() {
            thread.affinity = mask;
        }
        if mask.is_power_of_two() {
            self.acquires(Edge::Processor(mask.trailing_zeros() as usize));
        }
        Ok(self.return_or_move())
    }

    /// Returns from an export, on an allowed processor if IRQL lets the thread move: at DISPATCH and
    /// above the move waits until IRQL falls.
    pub(crate) fn return_or_move(&mut self) -> Flow<A> {
        if !self.has_to_move() {
            return Flow::Return(0);
        }
        Flow::Yield {
            frame: Frame::ReturnAfter(0),
        }
    }

    /// Whether the live thread is on a processor that it may not be on, and IRQL lets it move.
    pub(super) fn has_to_move(&mut self) -> bool {
        let cpu = self.cpu_index();
        let stays = !self.cpu().nested.is_empty()
            || self.cpu().irql >= irql::DISPATCH
            || self
                .current_thread()
                .is_none_or(|thread| thread.affinity >> cpu & 1 == 1);
        !stays
    }
}
