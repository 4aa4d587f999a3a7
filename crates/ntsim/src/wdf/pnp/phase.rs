//! The phases of a transition: what each does, and what the status of its callback means.

use nt_model::{DeviceState, Failure, Rule};

use crate::{
    guest::{Guest, layout},
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        pnp::{
            call,
            plan::{GIVE_UP, UNDO_ADD, UNDO_START},
        },
        state::{
            frame::WdfFrame,
            pnp::{Action, Phase, Plan, PnpStep, PowerState},
        },
    },
};

const fn is_success(status: u64) -> bool {
    status as u32 >> 31 == 0
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Begins the first phase of a plan.
    pub(super) fn begin_phase(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        let callbacks = self.wdf.device.callbacks;
        let device = self.wdf.device.handle;
        match plan[0] {
            Phase::Load => {
                let entry = layout::IMAGE_BASE + u64::from(self.kernel.image.entry());
                self.kernel.make_driver_object(guest, entry)?;
                let arguments = self.kernel.driver_object.entry_arguments();
                self.call_phase(guest, plan, "the image's entry", entry, arguments)
            }
            Phase::AddDevice => {
                let (target, driver) = (self.wdf.driver.device_add, self.wdf.driver.handle);
                if target == 0 {
                    return Err(Failure::new(
                        Rule::StartFailed,
                        "the driver has no EvtDriverDeviceAdd",
                    ));
                }
                let init = self.kernel.new_object();
                self.wdf.device.init = Some(init);
                self.call_phase(
                    guest,
                    plan,
                    "EvtDriverDeviceAdd",
                    target,
                    vec![driver, init],
                )
            }
            Phase::AssignResources => {
                self.assign_resources(guest)?;
                self.next_phase(guest, plan)
            }
            Phase::PrepareHardware => {
                // The bus has started the device: it is in D0, not initialised
                // (nc-wdfdevice-evt_wdf_device_prepare_hardware).
                self.kernel.power_registers(true);
                let resources = &self.wdf.resources;
                let arguments = vec![device, resources.raw, resources.translated];
                let target = callbacks.prepare_hardware;
                self.call_phase(guest, plan, "EvtDevicePrepareHardware", target, arguments)
            }
            Phase::D0Entry => {
                self.kernel.power_registers(true);
                let arguments = vec![device, self.wdf.pnp.power_state as u64];
                self.call_phase(
                    guest,
                    plan,
                    "EvtDeviceD0Entry",
                    callbacks.d0_entry,
                    arguments,
                )
            }
            Phase::ResumeQueues => self.begin_resume(guest, plan),
            Phase::EnableInterface | Phase::DisableInterface => {
                self.wdf.device.interface_enabled = plan[0] == Phase::EnableInterface;
                self.next_phase(guest, plan)
            }
            Phase::SurpriseRemoval => {
                let target = callbacks.surprise_removal;
                self.call_phase(
                    guest,
                    plan,
                    "EvtDeviceSurpriseRemoval",
                    target,
                    vec![device],
                )
            }
            Phase::AwaitPower => self.remove_after_power_change(guest, plan),
            Phase::HoldQueues => self.begin_quiesce(guest, plan, Action::Hold),
            Phase::PurgeManaged => self.begin_quiesce(guest, plan, Action::PurgeManaged),
            Phase::PurgeOthers => self.begin_quiesce(guest, plan, Action::PurgeOthers),
            Phase::D0Exit(state) => {
                // The neighbour goes on working while the device goes to sleep.
                self.kernel.raise_neighbour();
                let arguments = vec![device, state as u64];
                self.call_phase(guest, plan, "EvtDeviceD0Exit", callbacks.d0_exit, arguments)
            }
            Phase::ReleaseHardware => {
                self.kernel.raise_neighbour();
                let arguments = vec![device, self.wdf.resources.translated];
                let target = callbacks.release_hardware;
                self.call_phase(guest, plan, "EvtDeviceReleaseHardware", target, arguments)
            }
            Phase::Delete => self.delete_objects(guest, plan),
            Phase::Unload => self.unload(guest, plan),
            Phase::Enter(state) => self.end_transition(state),
        }
    }

    /// Calls the callback of the first phase, if there is one.
    fn call_phase(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        what: &'static str,
        target: u64,
        arguments: Vec<u64>,
    ) -> Result<Flow<A>, Failure> {
        match target {
            0 => self.end_phase(guest, plan, 0),
            target => Ok(call(what, target, arguments, PnpStep::Returned(plan))),
        }
    }

    /// Goes on behind the first phase.
    pub(in crate::wdf) fn next_phase(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        self.begin_phase(guest, &plan[1..])
    }

    /// The callback of the first phase has returned `value`, or there is none.
    pub(super) fn end_phase(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        let failed = !is_success(value);
        match plan[0] {
            Phase::Load if failed => {
                self.fail_transition("the image's entry", value);
                return self.end_transition(DeviceState::NotAdded);
            }
            Phase::AddDevice if failed || self.wdf.device.handle == 0 => {
                self.fail_transition("EvtDriverDeviceAdd", value);
                return self.begin_phase(guest, UNDO_ADD);
            }
            Phase::PrepareHardware if failed => {
                return self.give_up(guest, "EvtDevicePrepareHardware", value);
            }
            Phase::D0Entry if failed => return self.give_up(guest, "EvtDeviceD0Entry", value),
            Phase::D0Entry => self.wdf.pnp.power_state = PowerState::D0,
            Phase::D0Exit(state) => {
                self.wdf.pnp.power_state = state;
                self.kernel.silence_registers("EvtDeviceD0Exit");
                let to_sleep = plan.get(1) == Some(&Phase::Enter(DeviceState::LowPower));
                if failed && to_sleep {
                    return self.give_up(guest, "EvtDeviceD0Exit", value);
                }
                // On the way out the framework goes on whatever the status is.
            }
            Phase::ReleaseHardware => self.take_resources_back(guest)?,
            Phase::Unload => self.unloaded(guest)?,
            _ => {}
        }
        self.next_phase(guest, plan)
    }

    fn fail_transition(&mut self, what: &str, status: u64) {
        let reason = format!("{what} returned the status {:#010x}", status as u32);
        self.kernel.note(reason.clone());
        self.wdf.pnp.failed = Some(reason);
    }

    /// Undoes a start, or gives a device up that has started before.
    fn give_up(&mut self, guest: &mut Guest, what: &str, status: u64) -> Result<Flow<A>, Failure> {
        self.fail_transition(what, status);
        let first = self.wdf.pnp.state == DeviceState::NotAdded;
        self.begin_phase(guest, if first { UNDO_START } else { GIVE_UP })
    }
}
