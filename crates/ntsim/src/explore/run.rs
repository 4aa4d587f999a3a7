//! One schedule of a scenario: running it, finding out what it breaks, and shrinking it.

use std::time::{Duration, Instant};

use nt_model::{Failure, Limit, Rule};

use crate::{
    explore::{
        scenario::{Actor, Scenario},
        violation::{Site, Violation},
    },
    kernel::state::{
        conflicts::Conflicts,
        plan::{Plan, Points, Record, Turn},
        priorities::Priorities,
    },
    machine::{Machine, snapshot::Snapshot},
};

/// An actor that has acted in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acted {
    /// The actor, by its place.
    pub actor: usize,
    /// How many events the log had before.
    pub events: u64,
}

/// How one schedule ended.
#[derive(Debug)]
pub struct Outcome {
    /// What it broke.
    pub failure: Option<Failure>,
    /// The actors in the order in which they acted.
    pub acted: Vec<Acted>,
    pub(super) record: Record,
    pub(super) instructions: u64,
    pub(super) reset: Duration,
}

/// A machine at the beginning of a scenario, and all that its schedules begin with.
pub struct Explorer<'a, S> {
    pub(super) machine: &'a mut Machine,
    scenario: &'a Scenario<S>,
    start: Snapshot,
    first: S,
    /// The machine is at the beginning.
    at_start: bool,
}

impl<S> std::fmt::Debug for Explorer<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explorer")
            .field("scenario", self.scenario)
            .finish_non_exhaustive()
    }
}

/// The plan of turns that are counted where every instruction is a point.
fn exact(turns: &[Turn]) -> Plan {
    Plan {
        points: Points::Instruction,
        turns: turns.to_vec(),
        conflicts: Conflicts::default(),
    }
}

impl<'a, S: Clone> Explorer<'a, S> {
    /// Brings a started machine to the beginning of a scenario.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn new(machine: &'a mut Machine, scenario: &'a Scenario<S>) -> Result<Self, Failure> {
        let first = (scenario.before)(machine)?;
        let start = machine.snapshot()?;
        Ok(Self {
            machine,
            scenario,
            start,
            first,
            at_start: true,
        })
    }

    /// The machine, as the last schedule left it.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        self.machine
    }

    /// Runs one schedule from the beginning. The machine goes back there, unless nothing has run yet.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn run(&mut self, plan: Plan) -> Result<Outcome, Failure> {
        self.run_by(plan, None)
    }

    /// The same, by priorities where there are some.
    pub(super) fn run_by(
        &mut self,
        plan: Plan,
        priorities: Option<Priorities>,
    ) -> Result<Outcome, Failure> {
        let begun = Instant::now();
        self.go_back()?;
        let reset = begun.elapsed();
        let outcome = self.go_on(plan, priorities)?;
        Ok(Outcome { reset, ..outcome })
    }

    fn go_back(&mut self) -> Result<(), Failure> {
        if !self.at_start {
            self.machine.restore(&self.start)?;
        }
        self.at_start = true;
        Ok(())
    }

    /// Runs one schedule from where the machine is, which is at the beginning.
    fn go_on(&mut self, plan: Plan, priorities: Option<Priorities>) -> Result<Outcome, Failure> {
        self.at_start = false;
        // Priorities take turns of their own.
        let wanted = priorities.is_none().then_some(plan.turns.len());
        let before = self.machine.instructions();
        let actors = self.scenario.actors.iter();
        let behind = actors.map(|actor| actor.behind).collect();
        self.machine.direct(plan, behind);
        if let Some(priorities) = priorities {
            self.machine.prioritize(priorities);
        }
        let mut state = self.first.clone();
        let mut acted = Vec::new();
        let mut result = loop {
            match self.machine.proceed() {
                Ok(None) => break Ok(()),
                Ok(Some(actor)) => {
                    let events = self.machine.events().total();
                    acted.push(Acted { actor, events });
                    let Actor { name, act, .. } = &self.scenario.actors[actor];
                    self.machine.name_act(name);
                    if let Err(failure) = act(self.machine, &mut state) {
                        break Err(failure);
                    }
                }
                Err(failure) => break Err(failure),
            }
        };
        let record = self.machine.end_plan();
        if let Some(wanted) = wanted.filter(|it| result.is_ok() && record.taken.len() != *it) {
            return Err(Failure::new(
                Limit::Emulator,
                format!(
                    "a schedule of {wanted} turns met {} of them: it is of another run",
                    record.taken.len()
                ),
            ));
        }
        if result.is_ok() {
            result = (self.scenario.after)(self.machine, &mut state);
        }
        Ok(Outcome {
            failure: result.err(),
            acted,
            record,
            instructions: self.machine.instructions() - before,
            reset: Duration::ZERO,
        })
    }

    /// Runs a schedule, its turns counted where every instruction is a point, and says what it breaks, with every place that
    /// takes part.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn judge(&mut self, turns: &[Turn]) -> Result<Option<Violation>, Failure> {
        let outcome = self.run(exact(turns))?;
        let Some(failure) = outcome.failure else {
            return Ok(None);
        };
        let sites = self.sites(&failure);
        let acted = outcome.acted.iter().map(|it| it.actor).collect();
        let mut violation = Violation {
            failure,
            sites,
            turns: outcome.record.taken,
            acted,
            schedules: 1,
        };
        self.find_calls(&mut violation)?;
        Ok(Some(violation))
    }

    /// The places that take part in what the last schedule has broken; of a race's earlier access without its calls.
    pub(super) fn sites(&self, failure: &Failure) -> Vec<Site> {
        let own = |place: String| Site {
            place,
            calls: failure.backtrace.clone(),
        };
        match self.machine.race_met() {
            Some((_, [later, earlier])) if failure.cause == Rule::Race => {
                let calls = Vec::new();
                vec![
                    own(later),
                    Site {
                        place: earlier,
                        calls,
                    },
                ]
            }
            _ => failure
                .location
                .clone()
                .map(String::from)
                .map(own)
                .into_iter()
                .collect(),
        }
    }

    /// Finds out by which calls the earlier access of a race was made, for which its schedule, which was run last, is run
    /// again.
    pub(super) fn find_calls(&mut self, violation: &mut Violation) -> Result<(), Failure> {
        let ([_, earlier], Some((at, _))) = (&mut violation.sites[..], self.machine.race_met())
        else {
            return Ok(());
        };
        self.go_back()?;
        self.machine.seek(at);
        self.go_on(exact(&violation.turns), None)?;
        earlier.calls = self.machine.sought();
        Ok(())
    }

    /// The least of a schedule, its turns counted where every instruction is a point, that breaks the same: without the turns
    /// that do not matter.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn shrink(&mut self, turns: &[Turn]) -> Result<Vec<Turn>, Failure> {
        let mut least = turns.to_vec();
        let Some(broken) = self.run(exact(&least))?.failure else {
            return Ok(least);
        };
        let mut at = 0;
        while at < least.len() {
            let mut fewer = least.clone();
            fewer.remove(at);
            // Without a turn the later ones may be of another run, which is then no shorter one of this.
            let same = self.run(exact(&fewer)).is_ok_and(|outcome| {
                let failure = outcome.failure.as_ref();
                failure.is_some_and(|failure| broken.cause == failure.cause)
            });
            if same {
                least = fewer;
            } else {
                at += 1;
            }
        }
        Ok(least)
    }
}
