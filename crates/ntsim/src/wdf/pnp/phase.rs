//! The phases of a transition: what each does, and what the status of its callback means.

use nt_model::{DeviceState, Failure, Rule};

use crate::{
    guest::{Guest, layout},
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::Scope,
        callback_lock::Callback,
        pnp::{
            call,
            plan::{
                GIVE_UP, GIVE_UP_CONNECT, GIVE_UP_SELF_MANAGED, GO_ON, START_NON_PNP,
                SURPRISE_AND_REMOVE_ASLEEP, SURPRISE_AND_REMOVE_AWAKE, UNDO_ADD, UNDO_CONNECT,
                UNDO_SELF_MANAGED, UNDO_START,
            },
        },
        state::{
            frame::WdfFrame,
            interrupt::Way,
            pnp::{Action, Phase, Plan, PnpStep, PowerState},
            self_managed::SelfManagedEvent,
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
            Phase::AddDevice if self.wdf.driver.non_pnp => self.begin_phase(guest, START_NON_PNP),
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
                let callback = Callback {
                    what: "EvtDriverDeviceAdd",
                    target,
                    arguments: vec![driver, init],
                };
                let synchronized = self.wdf.driver.constraints.scope != Scope::None;
                let then = WdfFrame::Pnp(PnpStep::Returned(plan));
                self.call_under(guest, synchronized.then_some(driver), callback, then)
            }
            Phase::AssignResources => {
                self.assign_resources(guest)?;
                self.assign_interrupts();
                self.next_phase(guest, plan)
            }
            Phase::PrepareHardware => {
                // The bus has started the device: it is in D0, not initialised
                // (nc-wdfdevice-evt_wdf_device_prepare_hardware).
                self.kernel.power_registers(true);
                let resources = &self.wdf.resources;
                let arguments = vec![device, resources.raw, resources.translated];
                let target = callbacks.prepare_hardware;
                self.wdf.pnp.preparing = true;
                self.call_phase(guest, plan, "EvtDevicePrepareHardware", target, arguments)
            }
            Phase::D0Entry => {
                self.kernel.power_registers(true);
                self.wdf.pnp.came_from = self.wdf.pnp.power_state;
                let (target, from) = (callbacks.d0_entry, self.wdf.pnp.came_from);
                self.call_power(guest, plan, ("EvtDeviceD0Entry", target), from)
            }
            Phase::ConnectInterrupts(up) => self.begin_walk(guest, plan, Way::Up(up)),
            Phase::ResumeQueues => self.begin_resume(guest, plan),
            Phase::EnableInterface | Phase::DisableInterface => {
                self.wdf.device.interface_enabled = plan[0] == Phase::EnableInterface;
                self.next_phase(guest, plan)
            }
            Phase::AwaitPower => self.remove_after_power_change(guest, plan),
            Phase::HoldQueues => self.begin_quiesce(guest, plan, Action::Hold),
            Phase::PurgeManaged => self.begin_quiesce(guest, plan, Action::PurgeManaged),
            Phase::PurgeOthers => self.begin_quiesce(guest, plan, Action::PurgeOthers),
            Phase::DisconnectInterrupts(down) => self.begin_walk(guest, plan, Way::Down(down)),
            Phase::D0Exit(state) => {
                // The neighbour goes on working while the device goes to sleep.
                self.kernel.raise_neighbour();
                self.call_power(guest, plan, ("EvtDeviceD0Exit", callbacks.d0_exit), state)
            }
            Phase::ReleaseHardware => {
                self.kernel.raise_neighbour();
                let arguments = vec![device, self.wdf.resources.translated];
                let target = callbacks.release_hardware;
                self.call_phase(guest, plan, "EvtDeviceReleaseHardware", target, arguments)
            }
            Phase::DeleteInterrupts => self.delete_interrupts(guest, plan),
            Phase::Delete => self.delete_objects(guest, plan),
            Phase::Unload => self.unload(guest, plan),
            Phase::Enter(state) => self.end_transition(state),
            phase @ (Phase::PostInterruptsEnabled
            | Phase::PreInterruptsDisabled(_)
            | Phase::SelfManaged(_)
            | Phase::QueryRelations
            | Phase::QueryStop
            | Phase::QueryRemove
            | Phase::SurpriseRemoval) => match self.callback_of(phase) {
                Some(Callback {
                    what,
                    target,
                    arguments,
                }) => self.call_phase(guest, plan, what, target, arguments),
                None => self.next_phase(guest, plan),
            },
        }
    }

    /// Calls the callback of the first phase, one of power, if there is one, with the other power state.
    fn call_power(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
        (what, target): (&'static str, u64),
        other: PowerState,
    ) -> Result<Flow<A>, Failure> {
        let arguments = vec![self.wdf.device.handle, other as u64];
        self.call_phase(guest, plan, what, target, arguments)
    }

    /// The callback of a phase that does nothing but call it; none where the driver is not to be called.
    fn callback_of(&self, phase: Phase) -> Option<Callback> {
        const BUS_RELATIONS: u64 = 0;
        let callbacks = &self.wdf.device.callbacks;
        let (what, target, argument) = match phase {
            Phase::PostInterruptsEnabled => (
                "EvtDeviceD0EntryPostInterruptsEnabled",
                callbacks.post_interrupts_enabled,
                Some(self.wdf.pnp.came_from as u64),
            ),
            Phase::PreInterruptsDisabled(state) => (
                "EvtDeviceD0ExitPreInterruptsDisabled",
                callbacks.pre_interrupts_disabled,
                Some(state as u64),
            ),
            Phase::SelfManaged(event) => {
                let call = self.wdf.pnp.self_managed.on(event, callbacks)?;
                (call.what, call.target, None)
            }
            Phase::QueryRelations => (
                "EvtDeviceRelationsQuery",
                callbacks.relations_query,
                Some(BUS_RELATIONS),
            ),
            Phase::QueryStop => ("EvtDeviceQueryStop", callbacks.query_stop, None),
            Phase::QueryRemove => ("EvtDeviceQueryRemove", callbacks.query_remove, None),
            Phase::SurpriseRemoval => {
                ("EvtDeviceSurpriseRemoval", callbacks.surprise_removal, None)
            }
            _ => return None,
        };
        let device = self.wdf.device.handle;
        Some(Callback {
            what,
            target,
            arguments: core::iter::once(device).chain(argument).collect(),
        })
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
        self.wdf.pnp.preparing = false;
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
            Phase::PostInterruptsEnabled if failed => {
                return self.give_up_connect(guest, "EvtDeviceD0EntryPostInterruptsEnabled", value);
            }
            Phase::SelfManaged(event) => {
                let callbacks = self.wdf.device.callbacks;
                if let Some(call) = self.wdf.pnp.self_managed.on(event, &callbacks) {
                    self.wdf.pnp.self_managed = if failed { call.failed } else { call.done };
                    match event {
                        SelfManagedEvent::Start if failed => {
                            let plans = (UNDO_SELF_MANAGED, GIVE_UP_SELF_MANAGED);
                            return self.undo(guest, call.what, value, plans);
                        }
                        SelfManagedEvent::Suspend if failed => {
                            self.wdf.pnp.down_failed = Some((call.what, value));
                        }
                        _ => {}
                    }
                }
            }
            Phase::PreInterruptsDisabled(_) if failed => {
                let what = "EvtDeviceD0ExitPreInterruptsDisabled";
                self.wdf.pnp.down_failed.get_or_insert((what, value));
            }
            Phase::QueryStop if failed => {
                self.refused("EvtDeviceQueryStop", value);
                return self.begin_phase(guest, GO_ON);
            }
            Phase::QueryRemove if failed => {
                self.refused("EvtDeviceQueryRemove", value);
                self.kernel.unplug();
                let asleep = self.wdf.pnp.state == DeviceState::LowPower;
                return self.begin_phase(
                    guest,
                    if asleep {
                        SURPRISE_AND_REMOVE_ASLEEP
                    } else {
                        SURPRISE_AND_REMOVE_AWAKE
                    },
                );
            }
            Phase::D0Exit(state) => {
                self.wdf.pnp.power_state = state;
                self.kernel.silence_registers(guest, "EvtDeviceD0Exit");
                let to_sleep = plan.get(1) == Some(&Phase::Enter(DeviceState::LowPower));
                let earlier = self.wdf.pnp.down_failed.take();
                let failed = earlier.or(failed.then_some(("EvtDeviceD0Exit", value)));
                if let Some((what, status)) = failed
                    && to_sleep
                {
                    return self.give_up(guest, what, status);
                }
                // On the way out the framework goes on whatever the status is.
            }
            Phase::ReleaseHardware => self.take_resources_back(guest)?,
            Phase::Unload => self.unloaded(guest)?,
            _ => {}
        }
        self.next_phase(guest, plan)
    }

    /// The interrupts have gone their way.
    pub(in crate::wdf) fn end_walk(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        match (self.wdf.pnp.interrupt_failed.take(), plan[0]) {
            (Some((what, status)), Phase::ConnectInterrupts(_)) => {
                self.give_up_connect(guest, what, status)
            }
            (failed, _) => {
                self.wdf.pnp.down_failed = self.wdf.pnp.down_failed.or(failed);
                self.next_phase(guest, plan)
            }
        }
    }

    fn fail_transition(&mut self, what: &str, status: u64) {
        let reason = format!("{what} returned the status {:#010x}", status as u32);
        self.kernel.note(reason.clone());
        self.wdf.pnp.failed = Some(reason);
    }

    /// Undoes a start, or gives a device up that has started before.
    fn give_up(&mut self, guest: &mut Guest, what: &str, status: u64) -> Result<Flow<A>, Failure> {
        self.undo(guest, what, status, (UNDO_START, GIVE_UP))
    }

    /// Undoes a first start by one plan, and gives up a device that has started before by another.
    fn undo(
        &mut self,
        guest: &mut Guest,
        what: &str,
        status: u64,
        (first_start, later): (Plan, Plan),
    ) -> Result<Flow<A>, Failure> {
        self.fail_transition(what, status);
        let first = self.wdf.pnp.state == DeviceState::NotAdded;
        self.begin_phase(guest, if first { first_start } else { later })
    }

    /// The driver refuses what the `PnP` manager asks.
    fn refused(&mut self, what: &str, status: u64) {
        self.kernel.note(format!(
            "{what} refuses with the status {:#010x}",
            status as u32
        ));
    }

    /// Undoes a way into D0 that has passed `EvtDeviceD0Entry`, with all before it (`PowerConnectInterruptFailed`).
    fn give_up_connect(
        &mut self,
        guest: &mut Guest,
        what: &str,
        status: u64,
    ) -> Result<Flow<A>, Failure> {
        self.undo(guest, what, status, (UNDO_CONNECT, GIVE_UP_CONNECT))
    }
}
