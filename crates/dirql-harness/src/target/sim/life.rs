//! The life of the simulated device.

use std::time::Duration;

use ntsim::{DeviceState, InterruptResource, Transition};

use super::{SimSession, misuse};
use crate::target::{Change, Fault, Life, Resource, Stand};

impl Life for SimSession {
    fn begin_change(&mut self, change: Change) -> Result<(), Fault> {
        let transition = match change {
            Change::PowerDown => Transition::PowerDown,
            Change::PowerUp => Transition::PowerUp,
            Change::Stop => Transition::Stop,
            Change::Restart(Resource::Line) => Transition::Restart(InterruptResource::Line),
            Change::Restart(Resource::Message) => Transition::Restart(InterruptResource::Message),
            Change::SurpriseRemoval => Transition::SurpriseRemoval,
        };
        Ok(self.machine.begin_transition(transition)?)
    }

    fn end_change(&mut self) -> Result<Stand, Fault> {
        match self.machine.end_transition()? {
            DeviceState::Started => Ok(Stand::Started),
            DeviceState::LowPower => Ok(Stand::Asleep),
            DeviceState::Stopped => Ok(Stand::Stopped),
            DeviceState::SurpriseRemoved => Ok(Stand::Gone),
            DeviceState::Failed => Ok(Stand::Failed),
            DeviceState::NotAdded | DeviceState::Removed => {
                Err(misuse("the device is not there any more"))
            }
        }
    }

    fn unplug(&mut self) -> Result<(), Fault> {
        Ok(self.machine.unplug()?)
    }

    fn neighbour_interrupts(&mut self) -> Result<(), Fault> {
        Ok(self.machine.raise_neighbour()?)
    }

    fn may_be_removed(&self) -> bool {
        self.machine.may_be_removed()
    }

    fn dpcs(&self) -> usize {
        self.machine.dpcs()
    }

    fn now(&self) -> Duration {
        self.machine.now()
    }
}
