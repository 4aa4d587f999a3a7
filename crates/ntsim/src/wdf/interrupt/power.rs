//! The device's interrupts in a transition: `NotifyResourceObjectsD0` and `NotifyResourceObjectsDx`, and the deletion of
//! those that `EvtDevicePrepareHardware` made.

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{activation::Flow, dpc::DpcId, frame::Holds, wait::DispatcherObject},
    },
    wdf::{
        Framework,
        state::{
            frame::WdfFrame,
            interrupt::{Then, Walk, Way},
            pnp::{Plan, PnpStep},
        },
    },
};

const fn is_success(status: u64) -> bool {
    status as u32 >> 31 == 0
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Takes every interrupt into D0, in the order of creation, or out of it, in the reverse.
    pub(in crate::wdf) fn begin_walk(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        way: Way,
    ) -> Result<Flow<A>, Failure> {
        let mut left: Vec<u64> = self.wdf.interrupts.keys().copied().collect();
        if matches!(way, Way::Up(_)) {
            left.reverse();
        }
        self.wdf.pnp.interrupt_failed = None;
        self.next_of_walk(guest, Walk { plan, way, left }, 0)
    }

    /// One interrupt has come to the end of its way. A failure ends a walk into D0 and none out of it.
    pub(super) fn next_of_walk(
        &mut self,
        guest: &mut Guest,
        mut walk: Walk,
        status: u64,
    ) -> Result<Flow<A>, Failure> {
        let up = matches!(walk.way, Way::Up(_));
        if up && !is_success(status) {
            return self.end_walk(guest, walk.plan);
        }
        match walk.left.pop() {
            Some(handle) => self.begin_way(guest, handle, walk.way, Then::Walk(walk)),
            None => self.end_walk(guest, walk.plan),
        }
    }

    /// Deletes the interrupts that were created in `EvtDevicePrepareHardware`, the last one first; the others lose their resources (`PnpReleaseHardware`).
    pub(in crate::wdf) fn delete_interrupts(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        let interrupts = self.wdf.interrupts.iter();
        let mut of_prepare = interrupts.filter(|(_, interrupt)| interrupt.of_prepare);
        let Some((handle, _)) = of_prepare.next_back() else {
            self.revoke_interrupts();
            return self.next_phase(guest, plan);
        };
        let handle = *handle;
        let then = WdfFrame::Pnp(PnpStep::DeleteInterrupts(plan));
        self.end(guest, handle, false, then)
    }

    /// What has to end before an interrupt is deleted: its DPC and its work item.
    pub(in crate::wdf) fn interrupt_under_way(&mut self, handle: u64) -> Option<DispatcherObject> {
        let interrupt = self.wdf.interrupts.get(&handle)?;
        let works = interrupt.work_item_queued || interrupt.work_item_runs > 0;
        self.kernel.acquires(Edge::DpcEnd(handle));
        self.kernel.acquires(Edge::WorkItemEnd(handle));
        if self.kernel.dpc_is_pending(DpcId(handle)) {
            return Some(DispatcherObject::Dpc(handle));
        }
        works.then_some(DispatcherObject::WorkItem(handle))
    }
}
