//! `PnP` and power: the transitions of the device, as tests ask for them.

use std::panic::Location;
use std::time::Duration;

use nt_model::{DeviceState, Transition};

use super::Bench;
use crate::check::{self, Stop, Verdict, equal};
use crate::target::{Handle, OpenAccess};

/// How long a transition may take in the machine's time. The driver waits for nobody in it: what is under
/// way is told to end, or has an end of its own that is near.
const TRANSITION_BOUND: Duration = Duration::from_secs(1);

impl Bench<'_> {
    /// Begins a transition; requests that are in flight, and those that come, meet it.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn begin_transition(&mut self, transition: Transition) -> Verdict {
        self.changing = true;
        for request in self.in_flight.values_mut() {
            request.meets_change = true;
        }
        let at = Location::caller();
        let machine = self.simulated()?;
        let now = machine.now();
        let begun = machine.begin_transition(transition);
        self.transition_began = now;
        begun.map_err(|failure| Stop::failed(failure, at))
    }

    /// Waits for the end of the transition, which comes soon and leaves the device where it should be.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it does not.
    #[track_caller]
    pub fn end_transition(&mut self, expected: DeviceState) -> Verdict {
        let state = self.end_any_transition()?;
        equal("where the device stands", state, expected)
    }

    /// As [`Self::end_transition`], wherever the device stands then.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the transition takes too long, or the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn end_any_transition(&mut self) -> Result<DeviceState, Stop> {
        let at = Location::caller();
        let began = self.transition_began;
        let machine = self.simulated()?;
        let ended = machine.end_transition();
        let state = ended.map_err(|failure| Stop::failed(failure, at))?;
        let (took, dpcs) = (machine.now().saturating_sub(began), machine.dpcs());
        check::within(
            "the time that the transition took",
            took,
            Duration::ZERO..=TRANSITION_BOUND,
        )?;
        if matches!(
            state,
            DeviceState::Stopped | DeviceState::SurpriseRemoved | DeviceState::Failed
        ) {
            // The driver promises more than the framework asks for.
            equal("DPCs on their way after the hardware was released", dpcs, 0)?;
        }
        self.changing = state != DeviceState::Started;
        self.gone = matches!(state, DeviceState::SurpriseRemoved | DeviceState::Failed);
        Ok(state)
    }

    /// Makes a transition.
    ///
    /// # Errors
    ///
    /// As for [`Self::begin_transition`] and [`Self::end_transition`].
    #[track_caller]
    pub fn transition(&mut self, transition: Transition, expected: DeviceState) -> Verdict {
        self.begin_transition(transition)?;
        self.end_transition(expected)
    }

    /// Takes the device away without a word to the driver.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn unplug(&mut self) -> Verdict {
        self.changing = true;
        for request in self.in_flight.values_mut() {
            request.meets_change = true;
        }
        let at = Location::caller();
        let unplugged = self.simulated()?.unplug();
        unplugged.map_err(|failure| Stop::failed(failure, at))
    }

    /// Lets another device on the line interrupt.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn neighbour_interrupts(&mut self) -> Verdict {
        let at = Location::caller();
        let raised = self.simulated()?.neighbour_interrupts();
        raised.map_err(|failure| Stop::failed(failure, at))
    }

    /// Whether the system would remove the device in good order now.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn may_be_removed(&mut self) -> Result<bool, Stop> {
        Ok(self.simulated()?.may_be_removed())
    }

    /// Ends the session, with a removal and an unload where the machine is the session's own, and
    /// begins another like it.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where either fails. [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn begin_anew(&mut self) -> Verdict {
        let at = Location::caller();
        self.simulated()?;
        self.await_all()?;
        let failed = |failure| Stop::failed(failure, at);
        let new = self.target.begin(self.variant, self.seed).map_err(failed)?;
        let old = core::mem::replace(&mut self.session, new);
        old.finish().map_err(failed)?;
        self.handles.clear();
        self.gone = false;
        self.changing = false;
        self.main = Handle(usize::MAX);
        self.main = self.open(OpenAccess::BOTH)?;
        Ok(())
    }

    /// Waits for everything that is in flight.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where a request does not end, or not as documented.
    #[track_caller]
    pub fn await_all(&mut self) -> Verdict {
        let at = Location::caller();
        let pending: Vec<_> = self.in_flight.keys().copied().collect();
        for ticket in pending {
            self.wait_ticket(ticket, at)?;
        }
        Ok(())
    }
}
