//! Framework DPC objects.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            frame::{Frame, Holds},
        },
    },
    wdf::{
        Framework, INTERNAL,
        attributes::{Allowed, Attributes},
        callback_lock::Callback,
        state::{frame::WdfFrame, object::Kind},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDpcCreate`.
    pub(crate) fn wdf_dpc_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (config, attributes, out) =
            (guest.argument(1)?, guest.argument(2)?, guest.argument(3)?);
        let size = guest.read_u32(config)?;
        if size != 24 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_DPC_CONFIG has the size {size}, not 24"),
            ));
        }
        let (routine, serialized) = (guest.read_u64(config + 8)?, guest.read_u8(config + 16)?);
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if !self.wdf.objects.contains_key(&attributes.parent) {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfDpcCreate needs a parent object in its attributes",
            ));
        }
        let lock = match self.effective_lock(attributes.parent, serialized != 0, false)? {
            Ok(lock) => lock,
            Err(status) => return Ok(Flow::status(status)),
        };
        let handle = self.new_wdf_object(guest, Kind::Dpc, attributes.parent, &attributes)?;
        if let Some(lock) = lock {
            self.wdf.serialized.insert(handle, lock);
        }
        self.wdf.dpc_routines.insert(handle, routine);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfDpcEnqueue`.
    pub(crate) fn wdf_dpc_enqueue(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Dpc)?;
        let routine = if self.wdf.serialized.contains_key(&handle) {
            self.kernel.traps.address_of(INTERNAL, "FxDpcHandler")
        } else {
            self.wdf.dpc_routines[&handle]
        };
        self.kernel.releases(Edge::DpcBegin(handle));
        let queued = self.kernel.queue_dpc(
            DpcId(handle),
            Dpc {
                routine,
                arguments: vec![handle],
            },
        );
        Ok(Flow::Return(u64::from(queued)))
    }

    /// A DPC that is serialized with callbacks begins (`FxDpc::DpcHandler`).
    pub(crate) fn fx_dpc_handler(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        let callback = Callback {
            what: "EvtDpcFunc",
            target: self.wdf.dpc_routines[&handle],
            arguments: vec![handle],
        };
        let lock = self.wdf.serialized.get(&handle).copied();
        self.call_under(guest, lock, callback, WdfFrame::ReturnAfterCall(0))
    }

    /// `WdfDpcCancel`.
    pub(crate) fn wdf_dpc_cancel(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Dpc)?;
        let wait = guest.argument_u8(2)? != 0;
        if wait && self.kernel.cpu().irql != irql::PASSIVE {
            return Err(Failure::new(
                Rule::Irql,
                "WdfDpcCancel was told to wait above PASSIVE",
            ));
        }
        let cancelled = self.kernel.dequeue_dpc(DpcId(handle));
        // The framework waits only where there was nothing to take out of the queue, and then for every DPC that is queued
        // (`FxDpc::Cancel`): one that was queued again while it ran may run on.
        if wait
            && !cancelled
            && let Some(wait) = self.kernel.flush_dpcs()
        {
            return Ok(Flow::WaitThen {
                wait,
                frame: Frame::ReturnAfter(0),
            });
        }
        Ok(Flow::Return(u64::from(cancelled)))
    }

    /// `WdfDpcGetParentObject`.
    pub(crate) fn wdf_dpc_get_parent_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Dpc)?;
        Ok(Flow::Return(self.wdf.objects[&handle].parent))
    }
}
