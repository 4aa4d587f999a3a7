//! Changes in the device's life, as tests ask for them.

use std::panic::Location;
use std::time::Duration;

use super::Bench;
use crate::check::{self, Stop, Verdict, equal};
use crate::target::{Change, Fault, Handle, Life, OpenAccess, Stand};

/// How long a change may take in the machine's time. The driver waits for nobody in it: what is under
/// way is told to end, or has an end of its own that is near.
const CHANGE_BOUND: Duration = Duration::from_secs(1);

impl Bench<'_> {
    /// Runs `body` on what can happen to the device.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    fn life<R>(&mut self, body: impl FnOnce(&mut dyn Life) -> Result<R, Fault>) -> Result<R, Stop> {
        let at = Location::caller();
        match self.session.life() {
            Some(life) => body(life).map_err(|fault| Stop::fault(fault, at)),
            None => Err(Stop::Skipped(
                "only a simulated machine changes power, resources and presence when a test asks"
                    .to_owned(),
            )),
        }
    }

    /// Whether the target changes power, resources and presence when asked.
    #[must_use]
    pub fn can_change(&mut self) -> bool {
        self.session.life().is_some()
    }

    /// Begins a change; requests that are in flight, and those that come, meet it.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn begin_change(&mut self, change: Change) -> Verdict {
        self.changing = true;
        for request in self.in_flight.values_mut() {
            request.meets_change = true;
        }
        self.change_began = self.life(|life| Ok(life.now()))?;
        self.life(|life| life.begin_change(change))
    }

    /// Waits for the end of the change, which comes soon and leaves the device where it should be.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it does not.
    #[track_caller]
    pub fn end_change(&mut self, expected: Stand) -> Verdict {
        let stand = self.end_any_change()?;
        equal("where the device stands", stand, expected)
    }

    /// As [`Self::end_change`], wherever the device stands then.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where the change takes too long, or the driver breaks a rule meanwhile.
    #[track_caller]
    pub fn end_any_change(&mut self) -> Result<Stand, Stop> {
        let stand = self.life(|life| life.end_change())?;
        let took = self
            .life(|life| Ok(life.now()))?
            .saturating_sub(self.change_began);
        check::within(
            "the time that the change took",
            took,
            Duration::ZERO..=CHANGE_BOUND,
        )?;
        if matches!(stand, Stand::Stopped | Stand::Gone | Stand::Failed) {
            // The driver promises more than the framework asks for.
            let dpcs = self.life(|life| Ok(life.dpcs()))?;
            equal("DPCs on their way after the hardware was released", dpcs, 0)?;
        }
        self.changing = stand != Stand::Started;
        self.gone = matches!(stand, Stand::Gone | Stand::Failed);
        Ok(stand)
    }

    /// Makes a change.
    ///
    /// # Errors
    ///
    /// As for [`Self::begin_change`] and [`Self::end_change`].
    #[track_caller]
    pub fn change(&mut self, change: Change, expected: Stand) -> Verdict {
        self.begin_change(change)?;
        self.end_change(expected)
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
        self.life(|life| life.unplug())
    }

    /// Lets another device on the line interrupt.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn neighbour_interrupts(&mut self) -> Verdict {
        self.life(|life| life.neighbour_interrupts())
    }

    /// Whether the system would remove the device in good order now.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the target is a real machine.
    #[track_caller]
    pub fn may_be_removed(&mut self) -> Result<bool, Stop> {
        self.life(|life| Ok(life.may_be_removed()))
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
        self.life(|_| Ok(()))?;
        self.await_all()?;
        let fault = |fault| Stop::fault(fault, at);
        let new = self.target.begin(self.variant, self.seed).map_err(fault)?;
        let old = core::mem::replace(&mut self.session, new);
        old.finish().map_err(fault)?;
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
