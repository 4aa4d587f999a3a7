//! DPCs in the driver's own memory: `KeInitializeDpc` and what is done with a KDPC afterwards.
//!
//! NT links the object into a processor's queue and reads routine and context out of it when its turn comes, above
//! `APC_LEVEL` whatever the level of the caller was: so its memory is resident, and stays what it is until then.

use nt_model::{Failure, Rule};

use crate::{
    guest::{Guest, given, through},
    kernel::{
        Kernel,
        race::Edge,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            frame::Frame,
            wait::{DispatcherObject, Wait},
        },
    },
};

/// Offsets in `KDPC` (64 bytes).
mod offset {
    /// `Type` and `Importance`, a byte each.
    pub(super) const TYPE: u64 = 0;
    pub(super) const ROUTINE: u64 = 24;
    pub(super) const CONTEXT: u64 = 32;
    pub(super) const ARGUMENT_1: u64 = 40;
    pub(super) const ARGUMENT_2: u64 = 48;
    /// `DpcData`, which is not NULL in a queue.
    pub(super) const DATA: u64 = 56;
}

/// `DpcObject` of `KOBJECTS`.
const DPC_OBJECT: u8 = 19;
/// `MediumImportance`: the end of the current processor's queue.
const MEDIUM_IMPORTANCE: u8 = 1;

impl<A> Kernel<A> {
    /// `KeInitializeDpc`.
    pub(crate) fn ke_initialize_dpc(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (dpc, routine, context) = (guest.argument(0)?, guest.argument(1)?, guest.argument(2)?);
        given("KeInitializeDpc", "DeferredRoutine", routine)?;
        self.check_dpc_resident("KeInitializeDpc", dpc)?;
        if self.dpc_is_queued(DpcId(dpc)) {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("KeInitializeDpc was given the DPC {dpc:#x}, which is in a queue"),
            ));
        }
        let named = |failure| through("Dpc", failure);
        guest
            .write(dpc + offset::TYPE, &[DPC_OBJECT, MEDIUM_IMPORTANCE, 0, 0])
            .map_err(named)?;
        guest
            .write_u64(dpc + offset::ROUTINE, routine)
            .map_err(named)?;
        guest
            .write_u64(dpc + offset::CONTEXT, context)
            .map_err(named)?;
        guest.write_u64(dpc + offset::DATA, 0).map_err(named)?;
        Ok(Flow::Return(0))
    }

    /// `KeInsertQueueDpc`: whether it was in no queue.
    pub(crate) fn ke_insert_queue_dpc(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let dpc = self.dpc_argument(guest, "KeInsertQueueDpc")?;
        let arguments = (guest.argument(1)?, guest.argument(2)?);
        self.check_dpc_resident("KeInsertQueueDpc", dpc)?;
        // Who finds it queued is seen by the run to come, too.
        self.releases(Edge::DpcBegin(dpc));
        if self.dpc_is_queued(DpcId(dpc)) {
            return Ok(Flow::Return(0));
        }
        guest.write_u64(dpc + offset::ARGUMENT_1, arguments.0)?;
        guest.write_u64(dpc + offset::ARGUMENT_2, arguments.1)?;
        guest.write_u64(dpc + offset::DATA, dpc)?;
        let queued = Dpc {
            routine: guest.read_u64(dpc + offset::ROUTINE)?,
            arguments: vec![
                dpc,
                guest.read_u64(dpc + offset::CONTEXT)?,
                arguments.0,
                arguments.1,
            ],
        };
        let queued = self.queue_dpc(DpcId(dpc), queued);
        self.dpcs.is_object(DpcId(dpc));
        Ok(Flow::Return(u64::from(queued)))
    }

    /// `KeRemoveQueueDpc`: whether it was in a queue. One that runs, runs on.
    pub(crate) fn ke_remove_queue_dpc(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let dpc = self.dpc_argument(guest, "KeRemoveQueueDpc")?;
        let removed = self.dequeue_dpc(DpcId(dpc));
        if removed && self.dpcs.was_object(DpcId(dpc)) {
            guest.write_u64(dpc + offset::DATA, 0)?;
        }
        Ok(Flow::Return(u64::from(removed)))
    }

    /// `KeFlushQueuedDpcs`: until what has been queued so far, on any processor, has run to its end.
    pub(crate) fn ke_flush_queued_dpcs(&mut self, _guest: &mut Guest) -> Result<Flow<A>, Failure> {
        Ok(match self.flush_dpcs() {
            Some(wait) => Flow::WaitThen {
                wait,
                frame: Frame::ReturnAfter(0),
            },
            None => Flow::Return(0),
        })
    }

    /// What waits for the DPCs that have been queued so far; none where all have ended.
    pub(crate) fn flush_dpcs(&mut self) -> Option<Wait> {
        let bound = self.dpcs.inserted();
        if self.dpcs.has_ended(bound) {
            self.acquires(Edge::DpcEnds);
            return None;
        }
        Some(Wait {
            object: Some(DispatcherObject::DpcsQueuedBefore(bound)),
        })
    }

    /// A KDPC leaves its queue to run: NT reads it, and marks it as in none.
    pub(super) fn take_out_dpc(
        &mut self,
        guest: &mut Guest,
        DpcId(dpc): DpcId,
        routine: u64,
    ) -> Result<(), Failure> {
        if !self.dpcs.was_object(DpcId(dpc)) {
            return Ok(());
        }
        if !Self::looks_queued(guest, dpc) {
            let failure = Failure::new(
                Rule::BadArgument,
                format!("the DPC at {dpc:#x} was overwritten while it was in a queue"),
            );
            self.unless_off(failure.at(self.locate_function(routine)))?;
        }
        guest.write_u64(dpc + offset::DATA, 0)
    }

    /// Memory that becomes something else holds no DPC that is in a queue.
    pub(super) fn check_no_dpc_in(&mut self, address: u64, length: u64) -> Result<(), Failure> {
        match self.dpcs.queued_in(address..address + length) {
            Some(DpcId(dpc)) => self.unless_off(Failure::new(
                Rule::PoolMisuse,
                format!(
                    "a pool block is freed with the DPC at {dpc:#x} in it, which is in a queue"
                ),
            )),
            None => Ok(()),
        }
    }

    fn looks_queued(guest: &Guest, dpc: u64) -> bool {
        let kind = guest.read_u8(dpc + offset::TYPE);
        let data = guest.read_u64(dpc + offset::DATA);
        matches!((kind, data), (Ok(DPC_OBJECT), Ok(data)) if data == dpc)
    }

    /// The initialised KDPC that the driver names in its first argument.
    fn dpc_argument(&self, guest: &Guest, routine: &str) -> Result<u64, Failure> {
        let dpc = guest.argument(0)?;
        let kind = guest
            .read_u8(dpc + offset::TYPE)
            .map_err(|failure| through("Dpc", failure))?;
        if kind == DPC_OBJECT {
            return Ok(dpc);
        }
        Err(Failure::new(
            Rule::BadArgument,
            format!("{routine} was given {dpc:#x}, which is no initialised DPC"),
        ))
    }

    fn check_dpc_resident(&mut self, routine: &str, dpc: u64) -> Result<(), Failure> {
        if !self.is_paged_pool(dpc) && !self.is_pageable(dpc) {
            return Ok(());
        }
        self.unless_off(Failure::new(
            Rule::Pageable,
            format!(
                "{routine} was given the DPC {dpc:#x}, whose memory is pageable: NT touches it at DISPATCH"
            ),
        ))
    }
}
