//! The `PnP` manager and the framework's `PnP` and power machines: one device, from load to unload.
//!
//! A transition is a thread of the system that goes through a plan, a list of phases; most phases
//! call one callback of the driver. The order of the phases is that of KMDF's published state
//! machines (microsoft/Windows-Driver-Frameworks, `pnpstatemachine.cpp`, `powerstatemachine.cpp`),
//! which "`PnP` and Power Management Scenarios" shows from outside:
//! - before `EvtDeviceD0Exit` power-managed queues are held, not purged, and the driver has given
//!   back what it owned of them (`StopProcessingForPower` with Hold, before every way out of D0);
//! - the hardware is released before the interfaces go and the power-managed queues are purged, on
//!   an orderly removal as on a surprise (`PnpEventRemovingDisableInterfaces`, `PnpCleanupForRemove`);
//! - the other queues are purged with the removal itself, and only then are the device's objects
//!   deleted (`PnpEventRemovedCommonCode`);
//! - a failed `EvtDevicePrepareHardware` or `EvtDeviceD0Entry` is followed by
//!   `EvtDeviceReleaseHardware`, without `EvtDeviceD0Exit` (`PnpEventFailedOwnHardware`);
//! - `EvtDeviceSurpriseRemoval` is called by the `PnP` machine, whatever the power machine is at: it may run beside
//!   the callbacks of a change of power, and what else the removal takes comes after them
//!   (`PnpEventSurpriseRemoveIoStarted`, `PnpPowerPolicySurpriseRemove`);
//! - a device that sleeps is woken before it is removed in good order
//!   (`PnpEventQueryRemoveEnsureDeviceAwake`), and not where it is gone.

mod phase;
mod plan;
mod quiesce;

use nt_model::{DeviceState, Failure, Rule, Transition};

use crate::{
    guest::Guest,
    kernel::{
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
            wait::{DispatcherObject, Wait},
        },
    },
    wdf::{
        Framework,
        pnp::plan::{
            POWER_DOWN, POWER_UP, REMOVE_ASLEEP, REMOVE_AWAKE, REMOVE_NON_PNP, REMOVE_RELEASED,
            RESTART, START, STOP, SURPRISE_AFTERWARDS, SURPRISE_IN_D0, SURPRISE_IN_D3,
            SURPRISE_MEANWHILE, SURPRISE_RELEASED,
        },
        state::{
            frame::WdfFrame,
            pnp::{Plan, PnpStep, UnderWay},
        },
    },
};

pub(super) fn call<A: Holds<WdfFrame>>(
    what: &'static str,
    target: u64,
    arguments: Vec<u64>,
    step: PnpStep,
) -> Flow<A> {
    Flow::Call {
        what,
        target,
        arguments,
        frame: Frame::above(WdfFrame::Pnp(step)),
    }
}

/// The transition waits, and then goes on with `step`.
pub(super) fn wait_for<A: Holds<WdfFrame>>(object: DispatcherObject, step: PnpStep) -> Flow<A> {
    Flow::WaitThen {
        wait: Wait {
            object: Some(object),
        },
        frame: Frame::above(WdfFrame::Pnp(step)),
    }
}

impl super::Wdf {
    /// Why the first start has failed, once it has. A driver that does not start is of no use to any host; later failures are
    /// states.
    pub(crate) fn take_start_failure(&mut self) -> Option<Failure> {
        let reason = self.pnp.failed.take()?;
        Some(Failure::new(Rule::StartFailed, reason))
    }

    /// Whether no transition is on.
    pub(crate) fn transition_ended(&self) -> bool {
        self.pnp.under_way == UnderWay::Nothing
    }

    /// Whether a transition begins where the device is.
    pub(crate) fn may_begin(&self, transition: Transition) -> bool {
        use DeviceState::{Failed, LowPower, Started, Stopped};
        let from: &[DeviceState] = match (self.pnp.under_way, transition) {
            (UnderWay::PowerChange, Transition::SurpriseRemoval) => return true,
            (UnderWay::Nothing, Transition::PowerDown | Transition::Stop) => &[Started],
            (UnderWay::Nothing, Transition::PowerUp) => &[LowPower],
            (UnderWay::Nothing, Transition::Restart(_)) => &[Stopped],
            (UnderWay::Nothing, Transition::SurpriseRemoval) => {
                &[Started, LowPower, Stopped, Failed]
            }
            _ => &[],
        };
        from.contains(&self.pnp.state)
    }
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Begins to load the driver and start its device.
    pub(crate) fn begin_start(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        self.begin(guest, "PnP start", START)
    }

    /// Begins a transition.
    ///
    /// # Panics
    ///
    /// Where another is on, unless the device goes away during a change of power, or the device is not where this one
    /// begins.
    pub(crate) fn begin_transition(
        &mut self,
        guest: &mut Guest,
        transition: Transition,
    ) -> Result<(), Failure> {
        if transition == Transition::SurpriseRemoval
            && self.wdf.pnp.under_way == UnderWay::PowerChange
        {
            return self.begin_removal_meanwhile(guest);
        }
        let state = self.wdf.pnp.state;
        let (name, plan) = match (transition, state) {
            (Transition::PowerDown, DeviceState::Started) => ("power down", POWER_DOWN),
            (Transition::PowerUp, DeviceState::LowPower) => ("power up", POWER_UP),
            (Transition::Stop, DeviceState::Started) => ("PnP stop", STOP),
            (Transition::Restart(resource), DeviceState::Stopped) => {
                self.kernel.reassign_interrupt(resource);
                ("PnP restart", RESTART)
            }
            (Transition::SurpriseRemoval, DeviceState::Started) => {
                ("PnP surprise removal", SURPRISE_IN_D0)
            }
            (Transition::SurpriseRemoval, DeviceState::LowPower) => {
                ("PnP surprise removal", SURPRISE_IN_D3)
            }
            (Transition::SurpriseRemoval, DeviceState::Stopped | DeviceState::Failed) => {
                ("PnP surprise removal", SURPRISE_RELEASED)
            }
            _ => panic!("{transition:?} does not begin where a device is {state:?}"),
        };
        if transition == Transition::SurpriseRemoval {
            self.kernel.unplug();
        }
        self.begin(guest, name, plan)?;
        if matches!(transition, Transition::PowerDown | Transition::PowerUp) {
            self.wdf.pnp.under_way = UnderWay::PowerChange;
        }
        Ok(())
    }

    /// The device goes away while it changes its power state.
    fn begin_removal_meanwhile(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        self.wdf.pnp.under_way = UnderWay::PowerChangeOfGone;
        self.kernel.unplug();
        let plan = if self.kernel.policy.surprise_removal_overlaps {
            SURPRISE_MEANWHILE
        } else {
            SURPRISE_AFTERWARDS
        };
        self.begin_thread(guest, "PnP surprise removal", plan)
    }

    /// The power machine is told of a surprise removal, which goes on as the state of the device has it. A device that
    /// is in D3 gets no second `EvtDeviceD0Exit`.
    pub(super) fn remove_after_power_change(
        &mut self,
        guest: &mut Guest,
        plan: Plan,
    ) -> Result<Flow<A>, Failure> {
        if self.wdf.pnp.under_way == UnderWay::PowerChangeOfGone {
            return Ok(wait_for(DispatcherObject::PowerChange, PnpStep::Next(plan)));
        }
        self.kernel.acquires(Edge::Transition);
        let whole = match self.wdf.pnp.state {
            DeviceState::Started => SURPRISE_IN_D0,
            DeviceState::LowPower => SURPRISE_IN_D3,
            _ => SURPRISE_RELEASED,
        };
        // Its first phase is the callback.
        let called = self.kernel.policy.surprise_removal_overlaps;
        self.begin_phase(guest, if called { &whole[1..] } else { whole })
    }

    /// Begins to remove the device and unload the driver.
    pub(crate) fn begin_remove(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        let plan = match self.wdf.pnp.state {
            _ if self.wdf.driver.non_pnp => REMOVE_NON_PNP,
            DeviceState::LowPower => REMOVE_ASLEEP,
            DeviceState::Stopped | DeviceState::Failed | DeviceState::SurpriseRemoved => {
                REMOVE_RELEASED
            }
            _ => REMOVE_AWAKE,
        };
        self.begin(guest, "PnP remove", plan)
    }

    fn begin(&mut self, guest: &mut Guest, name: &str, plan: Plan) -> Result<(), Failure> {
        assert!(
            self.wdf.transition_ended(),
            "{name} begins while a transition is on"
        );
        self.wdf.pnp.under_way = UnderWay::Transition;
        // The system begins none before the last has ended, whether the host has waited for that or not.
        self.kernel.host_acquires(Edge::Transition);
        self.begin_thread(guest, name, plan)
    }

    fn begin_thread(&mut self, guest: &mut Guest, name: &str, plan: Plan) -> Result<(), Failure> {
        self.kernel.note(name);
        self.kernel.spawn(
            guest,
            name,
            Frame::above(WdfFrame::Pnp(PnpStep::Next(plan))),
        )?;
        Ok(())
    }

    fn end_transition(&mut self, state: DeviceState) -> Result<Flow<A>, Failure> {
        self.wdf.pnp.state = state;
        self.kernel.releases(Edge::Transition);
        if self.wdf.pnp.under_way == UnderWay::PowerChangeOfGone {
            self.wdf.pnp.under_way = UnderWay::Transition;
            self.kernel
                .wake_waiters(DispatcherObject::PowerChange, 0, usize::MAX);
        } else {
            self.wdf.pnp.under_way = UnderWay::Nothing;
        }
        if state != DeviceState::NotAdded {
            self.wdf.pnp.failed = None;
        }
        Ok(Flow::Finish)
    }

    /// Goes on with a transition.
    pub(crate) fn resume_pnp(
        &mut self,
        guest: &mut Guest,
        step: PnpStep,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        // The framework's queues tell who waits for requests that they are complete.
        self.kernel.acquires(Edge::Completions);
        match step {
            PnpStep::Next(plan) => self.begin_phase(guest, plan),
            PnpStep::Returned(plan) => self.end_phase(guest, plan, value),
            PnpStep::Quiesce(plan, quiesce) => self.resume_quiesce(guest, plan, quiesce),
            PnpStep::DeleteInterrupts(plan) => self.delete_interrupts(guest, plan),
            PnpStep::Deleted(plan) => self.objects_deleted(guest, plan),
        }
    }
}
