//! Playing with the machine behind the driver, where it is a simulated one.

use std::panic::Location;

use super::Bench;
use crate::check::{Stop, Verdict};
use crate::target::{Order, OrderOutcome, Platform, Setup, Severity, SourceReport};

impl Bench<'_> {
    /// Ends the session in good order, the driver unloaded, and begins another one on a machine that is
    /// set up so.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one; [`Stop::Failed`] where either session fails.
    #[track_caller]
    pub fn boot(&mut self, setup: &Setup) -> Verdict {
        let at = Location::caller();
        let fault = |fault| Stop::fault(fault, at);
        // Another schedule each time: a test that boots again until it has seen something is to see something else.
        self.boots += 1;
        let seed = self.seed.wrapping_add(self.boots);
        let begun = self
            .target
            .begin_on(self.variant, seed, setup)
            .map_err(fault)?;
        let Some(session) = begun else {
            return Err(not_simulated());
        };
        let earlier = core::mem::replace(&mut self.session, session);
        self.handles.clear();
        self.in_flight.clear();
        earlier.finish().map_err(fault)?;
        self.begin()
    }

    /// Whether the machine is one that can be played with.
    #[must_use]
    pub fn can_play(&mut self) -> bool {
        self.session.platform().is_some()
    }

    #[track_caller]
    fn platform(&mut self) -> Result<&mut dyn Platform, Stop> {
        self.session.platform().ok_or_else(not_simulated)
    }

    /// Has the hardware report corrected errors. They arrive while the driver runs.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one.
    #[track_caller]
    pub fn raise_errors(&mut self, source: u32, count: u32, severity: Severity) -> Verdict {
        let at = Location::caller();
        let raised = self.platform()?.raise_errors(source, count, severity);
        raised.map_err(|fault| Stop::fault(fault, at))
    }

    /// Lets every error be handled.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one; [`Stop::Failed`] where the driver breaks a rule.
    #[track_caller]
    pub fn handle_errors(&mut self) -> Verdict {
        let at = Location::caller();
        let settled = self.platform()?.settle();
        settled.map_err(|fault| Stop::fault(fault, at))
    }

    /// What became of a source's errors.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one.
    #[track_caller]
    pub fn error_source(&mut self, source: u32) -> Result<SourceReport, Stop> {
        let at = Location::caller();
        let report = self.platform()?.source(source);
        report.map_err(|fault| Stop::fault(fault, at))
    }

    /// Tells PSHED to do something, and waits for it.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one; [`Stop::Failed`] where the driver breaks a rule.
    #[track_caller]
    pub fn order(&mut self, order: Order) -> Result<OrderOutcome, Stop> {
        let at = Location::caller();
        let outcome = self.platform()?.order(order);
        outcome.map_err(|fault| Stop::fault(fault, at))
    }

    /// Registers another plug-in for these functional areas, or unregisters it with 0.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one.
    #[track_caller]
    pub fn other_plugin(&mut self, areas: u32) -> Verdict {
        self.platform()?.other_plugin(areas);
        Ok(())
    }
}

fn not_simulated() -> Stop {
    Stop::Skipped("needs a machine that can be played with: the simulator".to_owned())
}
