//! What an interrupt leads to: the framework's ISR, its DPC and its work item, which call the driver's.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            dpc::{Dpc, DpcId},
            frame::{Frame, Holds},
            wait::DispatcherObject,
        },
    },
    wdf::{
        Framework, INTERNAL,
        callback_lock::Callback,
        state::{
            frame::WdfFrame,
            interrupt::{AfterPassive, InterruptFrame, PassiveCall},
            object::Kind,
        },
    },
};

const FALSE: u64 = 0;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The interrupt that the driver names in a function's first argument.
    pub(super) fn interrupt_handle(&self, guest: &Guest) -> Result<u64, Failure> {
        self.wdf_handle(guest, 1, Kind::Interrupt)
    }

    /// The ISR that the framework connects (`_InterruptThunk`): what arrives before the connect has returned, or after a
    /// disconnect has begun, is none of the device's. An edge does not come again, and is the driver's before the connect has
    /// returned, too.
    pub(crate) fn fx_interrupt_thunk(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(1)?;
        // A late ISR of an interrupt that is gone cannot happen in KMDF, which waits in no other way than NT does.
        let Some(interrupt) = self.wdf.interrupts.get(&handle) else {
            return Err(Failure::new(
                Rule::BadHandle,
                "an interrupt arrived for a WDFINTERRUPT that is deleted",
            ));
        };
        if interrupt.is_edge() {
            if interrupt.disconnecting {
                return Ok(Flow::Return(FALSE));
            }
            self.interrupt_mut(handle).captured = guest.argument(0)?;
        } else if interrupt.object == 0 {
            // A line that stays asserted is delivered again and again, and meanwhile the connect goes on. One early call shows
            // it; the next comes when the connect has returned.
            self.kernel.set_active(guest.argument(0)?, false);
            return Ok(Flow::Return(FALSE));
        }
        let interrupt = self.interrupt(handle);
        if interrupt.passive {
            let call = PassiveCall {
                what: "EvtInterruptIsr",
                target: interrupt.callbacks.isr,
                arguments: vec![handle, interrupt.number.into()],
                to_take: vec![handle],
                taken: Vec::new(),
                after: AfterPassive::Return,
            };
            return self.call_passive(call);
        }
        Ok(Flow::Call {
            what: "EvtInterruptIsr",
            target: interrupt.callbacks.isr,
            arguments: vec![handle, interrupt.number.into()],
            frame: Frame::above(WdfFrame::ReturnWhatItReturns),
        })
    }

    /// `WdfInterruptQueueDpcForIsr`.
    pub(crate) fn wdf_interrupt_queue_dpc_for_isr(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        let routine = self.interrupt(handle).callbacks.dpc;
        if routine == 0 {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfInterruptQueueDpcForIsr was called for an interrupt without EvtInterruptDpc",
            ));
        }
        if self.wdf.serialized.contains_key(&handle) {
            return Ok(self.queue_thunk(handle));
        }
        let arguments = vec![handle, self.wdf.device.handle];
        Ok(self.queue_dpc_of_interrupt(handle, Dpc { routine, arguments }))
    }

    /// Queues the framework's own DPC of an interrupt.
    fn queue_thunk(&mut self, handle: u64) -> Flow<A> {
        let routine = self
            .kernel
            .traps
            .address_of(INTERNAL, "FxInterruptDpcThunk");
        let arguments = vec![handle];
        self.queue_dpc_of_interrupt(handle, Dpc { routine, arguments })
    }

    fn queue_dpc_of_interrupt(&mut self, handle: u64, dpc: Dpc) -> Flow<A> {
        self.kernel.releases(Edge::DpcBegin(handle));
        Flow::Return(u64::from(self.kernel.queue_dpc(DpcId(handle), dpc)))
    }

    /// `WdfInterruptQueueWorkItemForIsr`: above DISPATCH by way of the interrupt's DPC.
    pub(crate) fn wdf_interrupt_queue_work_item_for_isr(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        if self.interrupt(handle).callbacks.work_item == 0 {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfInterruptQueueWorkItemForIsr was called for an interrupt without EvtInterruptWorkItem",
            ));
        }
        if self.kernel.cpu().irql <= irql::DISPATCH {
            return self.queue_work_item(guest, handle);
        }
        Ok(self.queue_thunk(handle))
    }

    /// The framework's own DPC (`_InterruptDpcThunk`): that of an interrupt with a work item, or one that is serialized with
    /// callbacks (`FxInterrupt::DpcHandler`).
    pub(crate) fn fx_interrupt_dpc_thunk(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        let callbacks = self.interrupt(handle).callbacks;
        if callbacks.work_item != 0 {
            return self.queue_work_item(guest, handle);
        }
        let callback = Callback {
            what: "EvtInterruptDpc",
            target: callbacks.dpc,
            arguments: vec![handle, self.wdf.device.handle],
        };
        let lock = self.wdf.serialized.get(&handle).copied();
        self.call_under(guest, lock, callback, WdfFrame::ReturnAfterCall(0))
    }

    /// Queues the work item, unless it waits for its turn; it may run, and run more than once at a time
    /// (`FxSystemWorkItem::TryToEnqueue`).
    fn queue_work_item(&mut self, guest: &mut Guest, handle: u64) -> Result<Flow<A>, Failure> {
        self.kernel.releases(Edge::WorkItemBegin(handle));
        if core::mem::replace(&mut self.interrupt_mut(handle).work_item_queued, true) {
            return Ok(Flow::Return(FALSE));
        }
        let frame = Frame::above(WdfFrame::Interrupt(InterruptFrame::WorkItem(handle)));
        self.kernel
            .spawn(guest, "work item of an interrupt", frame)?;
        Ok(Flow::Return(1))
    }

    /// The work item begins.
    pub(super) fn run_interrupt_work_item(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<Flow<A>, Failure> {
        self.kernel.acquires(Edge::WorkItemBegin(handle));
        let device = self.wdf.device.handle;
        let interrupt = self.interrupt_mut(handle);
        interrupt.work_item_queued = false;
        interrupt.work_item_runs += 1;
        let callback = Callback {
            what: "EvtInterruptWorkItem",
            target: interrupt.callbacks.work_item,
            arguments: vec![handle, device],
        };
        let lock = self.wdf.serialized.get(&handle).copied();
        let then = WdfFrame::Interrupt(InterruptFrame::WorkItemEnded(handle));
        self.call_under(guest, lock, callback, then)
    }

    /// `EvtInterruptWorkItem` has returned: who waits for the last run goes on.
    pub(super) fn interrupt_work_item_ended(&mut self, handle: u64) -> Flow<A> {
        self.kernel.releases(Edge::WorkItemEnd(handle));
        let interrupt = self.interrupt_mut(handle);
        interrupt.work_item_runs -= 1;
        if interrupt.work_item_runs == 0 && !interrupt.work_item_queued {
            self.kernel
                .wake_waiters(DispatcherObject::WorkItem(handle), 0, usize::MAX);
        }
        Flow::Finish
    }
}
