//! The transitions that are possible where the device stands.

use nt_model::{DeviceState, InterruptResource, Transition};

use crate::check::Stop;
use crate::fixture::Fixture;

/// Where the device of a program stands, as far as the program has brought it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    state: DeviceState,
    changing: bool,
    /// It was taken away, or is about to be given up.
    going: bool,
}

impl Device {
    pub(super) const NEW: Self = Self {
        state: DeviceState::Started,
        changing: false,
        going: false,
    };

    /// Whether the system would let anybody open it.
    pub(super) const fn opens(self) -> bool {
        !self.going
            && !matches!(
                self.state,
                DeviceState::Failed | DeviceState::SurpriseRemoved
            )
    }

    /// Ends the change that is under way, else begins one that is possible.
    pub(super) fn step(&mut self, fixture: &mut Fixture<'_>, which: usize) -> Result<(), Stop> {
        if self.changing {
            return self.end(fixture);
        }
        if let Some(transition) = self.possible(which) {
            self.going = transition == Transition::SurpriseRemoval;
            fixture.begin_transition(transition)?;
            self.changing = true;
        }
        Ok(())
    }

    fn possible(self, which: usize) -> Option<Transition> {
        let resource = match which % 2 {
            0 => InterruptResource::Line,
            _ => InterruptResource::Message,
        };
        match self.state {
            // What ends the device is rare: little can be seen afterwards.
            DeviceState::Started if which % 32 == 31 => Some(Transition::SurpriseRemoval),
            DeviceState::Started if which % 4 == 3 => Some(Transition::Stop),
            DeviceState::Started => Some(Transition::PowerDown),
            DeviceState::LowPower => Some(Transition::PowerUp),
            DeviceState::Stopped => Some(Transition::Restart(resource)),
            DeviceState::Failed
            | DeviceState::SurpriseRemoved
            | DeviceState::NotAdded
            | DeviceState::Removed => None,
        }
    }

    fn end(&mut self, fixture: &mut Fixture<'_>) -> Result<(), Stop> {
        self.changing = false;
        self.state = fixture.end_any_transition()?;
        Ok(())
    }

    /// Brings the device to where it serves, where it can be; says whether it does.
    pub(super) fn serve(&mut self, fixture: &mut Fixture<'_>) -> Result<bool, Stop> {
        if self.changing {
            self.end(fixture)?;
        }
        while matches!(self.state, DeviceState::LowPower | DeviceState::Stopped) {
            self.step(fixture, 0)?;
            self.end(fixture)?;
        }
        Ok(self.state == DeviceState::Started)
    }
}
