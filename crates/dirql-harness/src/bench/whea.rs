//! Another machine behind the driver, its error sources, and its PSHED.

use std::panic::Location;

use nt_model::{ErrorSourceReport, Order, OrderOutcome, Severity};

use super::Bench;
use crate::check::{Stop, Verdict};
use crate::target::Setup;

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
        let failed = |failure| Stop::failed(failure, at);
        // Another schedule each time: a test that boots again until it has seen something is to see something else.
        self.boots += 1;
        let seed = self.seed.wrapping_add(self.boots);
        let begun = self
            .target
            .begin_on(self.variant, seed, setup)
            .map_err(failed)?;
        let Some(session) = begun else {
            return Err(super::not_simulated());
        };
        let earlier = core::mem::replace(&mut self.session, session);
        self.handles.clear();
        self.in_flight.clear();
        earlier.finish().map_err(failed)?;
        self.begin()
    }

    /// Has the hardware report corrected errors. They arrive while the driver runs.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one.
    #[track_caller]
    pub fn raise_errors(&mut self, source: u32, count: u32, severity: Severity) -> Verdict {
        let at = Location::caller();
        let raised = self.simulated()?.raise_errors(source, count, severity);
        raised.map_err(|failure| Stop::failed(failure, at))
    }

    /// Lets every error be handled.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one; [`Stop::Failed`] where the driver breaks a rule.
    #[track_caller]
    pub fn handle_errors(&mut self) -> Verdict {
        let at = Location::caller();
        let settled = self.simulated()?.settle();
        settled.map_err(|failure| Stop::failed(failure, at))
    }

    /// What became of a source's errors.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one.
    #[track_caller]
    pub fn error_source(&mut self, source: u32) -> Result<ErrorSourceReport, Stop> {
        let at = Location::caller();
        let report = self.simulated()?.error_source(source);
        report.map_err(|failure| Stop::failed(failure, at))
    }

    /// Tells PSHED to do something, and waits for it.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one; [`Stop::Failed`] where the driver breaks a rule.
    #[track_caller]
    pub fn order(&mut self, order: Order) -> Result<OrderOutcome, Stop> {
        let at = Location::caller();
        let outcome = self.simulated()?.order(order);
        outcome.map_err(|failure| Stop::failed(failure, at))
    }

    /// Registers another plug-in for these functional areas, or unregisters it with 0.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the machine is a real one.
    #[track_caller]
    pub fn other_plugin(&mut self, areas: u32) -> Verdict {
        self.simulated()?.other_plugin(areas);
        Ok(())
    }
}
