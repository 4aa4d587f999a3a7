//! The end of the device's objects and of the driver, at the end of a transition.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, driver_object::DRIVER_UNLOAD, frame::Holds},
    wdf::{
        Framework,
        pnp::call,
        state::{
            frame::WdfFrame,
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

    /// Ends the device and all below it.
    pub(super) fn delete_objects(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        let then = WdfFrame::Pnp(PnpStep::Deleted(plan));
        match self.wdf.device.handle {
            0 => self.resume_wdf(guest, then, 0),
            device => self.end(guest, device, true, then),
        }
    }

    /// The device and all below it are gone.
    pub(super) fn objects_deleted(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        self.wdf.queues.clear();
        self.next_phase(guest, plan)
    }

    /// Calls the driver's unload routine.
    pub(super) fn unload(&mut self, guest: &mut Guest, plan: Plan) -> Result<Flow<A>, Failure> {
        match guest.read_u64(self.kernel.driver_object.address + DRIVER_UNLOAD)? {
            0 if self.wdf.driver.non_pnp => Err(Failure::not_modelled(
                "the end of a driver that stays loaded: it has no EvtDriverUnload and no device of the PnP manager's",
            )),
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
        self.kernel.interrupts.image_is_gone = true;
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

    /// Ends the driver object and all below it; then the framework's routine returns `value`.
    pub(super) fn end_driver(&mut self, guest: &mut Guest, value: u64) -> Result<Flow<A>, Failure> {
        let then = WdfFrame::DriverEnded(value);
        match self.wdf.driver.handle {
            0 => self.resume_wdf(guest, then, 0),
            driver => self.end(guest, driver, true, then),
        }
    }
}
