//! The end of the device's objects and of the driver: children before parents.
//!
//! `EvtCleanupCallback` of every object comes first, then `EvtDestroyCallback` of every object, in
//! each pass children before their parents ("Framework Object Life Cycle"). A timer is stopped, and
//! a DPC that is queued or runs is waited out, before anything is deleted (`FxTimer::Dispose`,
//! `FxDpc::Dispose`: both flush the queued DPCs).

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{
            activation::Flow, dpc::DpcId, driver_object::DRIVER_UNLOAD, frame::Holds,
            wait::DispatcherObject,
        },
    },
    wdf::{
        Framework,
        pnp::{call, wait_for},
        state::{
            frame::WdfFrame,
            object::{Kind, Object},
            pnp::{Plan, PnpStep},
        },
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The queues that are power-managed, or that are not, or all.
    pub(super) fn queues(&self, power_managed: Option<bool>) -> Vec<u64> {
        let queues = self.wdf.queues.iter();
        queues
            .filter(|(_, queue)| power_managed.is_none_or(|wanted| queue.power_managed == wanted))
            .map(|(handle, _)| *handle)
            .collect()
    }

    /// Ends the device's objects, once nothing of theirs is under way.
    pub(super) fn delete_objects(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        let handles: Vec<u64> = self.wdf.objects.keys().copied().collect();
        for handle in handles {
            self.stop_wdf_object(handle);
            self.kernel.acquires(Edge::DpcEnd(handle));
            if let Some(object) = self.interrupt_under_way(handle) {
                return Ok(wait_for(object, PnpStep::Delete(plan)));
            }
            if self.kernel.dpc_is_pending(DpcId(handle)) {
                return Ok(wait_for(
                    DispatcherObject::Dpc(handle),
                    PnpStep::Delete(plan),
                ));
            }
        }
        let mut callbacks = Vec::new();
        // Handles grow with age: a child is younger than its parent, so its turn comes first.
        let handles: Vec<u64> = self.wdf.objects.keys().rev().copied().collect();
        for pass in [
            |object: &Object| ("EvtCleanupCallback", object.cleanup),
            |object: &Object| ("EvtDestroyCallback", object.destroy),
        ] {
            for handle in &handles {
                let object = &self.wdf.objects[handle];
                let (what, target) = pass(object);
                if target != 0 && object.kind != Kind::Driver {
                    callbacks.push((what, target, *handle));
                }
            }
        }
        callbacks.reverse();
        self.call_cleanup(guest, plan, callbacks)
    }

    /// Calls the callbacks at the end of objects, the last of the list first.
    pub(super) fn call_cleanup(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        mut callbacks: Vec<(&'static str, u64, u64)>,
    ) -> Result<Flow<A>, Failure> {
        if let Some((what, target, handle)) = callbacks.pop() {
            let step = PnpStep::Cleanup(plan, callbacks);
            return Ok(call(what, target, vec![handle], step));
        }
        let handles: Vec<u64> = self.wdf.objects.keys().rev().copied().collect();
        for handle in handles {
            let object = &self.wdf.objects[&handle];
            if object.kind == Kind::Driver {
                continue;
            }
            if object.references > 0 {
                return Err(Failure::new(
                    Rule::ObjectLeak,
                    format!(
                        "a {:?} object is still referenced {} times when the device is deleted",
                        object.kind, object.references
                    ),
                ));
            }
            self.delete_wdf_object(guest, handle)?;
        }
        self.wdf.queues.clear();
        self.next_phase(guest, plan)
    }

    /// Calls the driver's unload routine.
    pub(super) fn unload(&mut self, guest: &mut Guest, plan: Plan) -> Result<Flow<A>, Failure> {
        match guest.read_u64(self.kernel.driver_object.address + DRIVER_UNLOAD)? {
            0 => Err(Failure::new(
                Rule::ObjectLeak,
                "the driver has no unload routine",
            )),
            target => {
                let arguments = vec![self.kernel.driver_object.address];
                Ok(call(
                    "DriverUnload",
                    target,
                    arguments,
                    PnpStep::Returned(plan),
                ))
            }
        }
    }

    /// The driver's unload routine has returned.
    pub(super) fn unloaded(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let driver = self.wdf.driver.handle;
        self.delete_wdf_object(guest, driver)?;
        if self.wdf.driver.bound_minor.is_some() {
            return Err(Failure::new(
                Rule::ObjectLeak,
                "the driver was unloaded and did not unbind from the framework",
            ));
        }
        Ok(())
    }
}
