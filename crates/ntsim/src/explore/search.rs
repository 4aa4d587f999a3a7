//! The search through the schedules of a scenario.

use std::time::{Duration, Instant};

use nt_model::{Cause, Failure, Limit};

use crate::{
    explore::{scenario::Scenario, tree::Tree},
    kernel::state::plan::{Conflicts, Plan, Points, Record, Turn},
    machine::{Machine, snapshot::Snapshot},
};

/// Which schedules are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Where a schedule may take turns.
    pub points: Points,
    /// How many of its turns may be preemptions.
    pub preemptions: u32,
}

/// A rule or an expectation that a schedule breaks.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What is broken, and where.
    pub failure: Failure,
    /// The first schedule that breaks it, its turns as they are counted where every instruction is a point.
    pub turns: Vec<Turn>,
    /// How many do.
    pub schedules: u64,
}

impl Violation {
    fn is_as(&self, other: &Failure) -> bool {
        self.failure.cause == other.cause && self.failure.location == other.location
    }
}

/// What an exploration has come to.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// Schedules that were run.
    pub schedules: u64,
    /// Choices that they were offered, of which each alternative under the bound is a schedule.
    pub choices: u64,
    /// The choices of the schedule without turns.
    pub points: u32,
    /// Instructions of the driver that were executed, those behind the scenario included.
    pub instructions: u64,
    /// What was broken, each once.
    pub violations: Vec<Violation>,
    /// Words of memory in the conflict set.
    pub conflicts: usize,
    /// How often the search began anew because that set had grown.
    pub restarts: u32,
    /// Every schedule under the bound was run.
    pub complete: bool,
    /// The time that going back to the beginning took.
    pub reset: Duration,
    /// The time of the whole.
    pub elapsed: Duration,
}

/// How one schedule ended.
#[derive(Debug)]
pub struct Outcome {
    /// What it broke.
    pub failure: Option<Failure>,
    record: Record,
    instructions: u64,
    reset: Duration,
}

/// A machine at the beginning of a scenario, and all that its schedules begin with.
pub struct Explorer<'a, S> {
    machine: &'a mut Machine,
    scenario: &'a Scenario<S>,
    start: Snapshot,
    first: S,
}

impl<S> std::fmt::Debug for Explorer<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Explorer")
            .field("scenario", self.scenario)
            .finish_non_exhaustive()
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
        })
    }

    /// The machine, as the last schedule left it.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        self.machine
    }

    /// Runs one schedule from the beginning.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn run(&mut self, plan: Plan) -> Result<Outcome, Failure> {
        let wanted = plan.turns.len();
        let begun = Instant::now();
        self.machine.restore(&self.start)?;
        let reset = begun.elapsed();
        let before = self.machine.instructions();
        let actors = self.scenario.actors.iter();
        let behind = actors.map(|actor| actor.behind).collect();
        self.machine.direct(plan, behind);
        let mut state = self.first.clone();
        let mut result = loop {
            match self.machine.proceed() {
                Ok(None) => break Ok(()),
                Ok(Some(actor)) => {
                    let act = &self.scenario.actors[actor].act;
                    if let Err(failure) = act(self.machine, &mut state) {
                        break Err(failure);
                    }
                }
                Err(failure) => break Err(failure),
            }
        };
        let record = self.machine.end_plan();
        if result.is_ok() && record.taken.len() != wanted {
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
            record,
            instructions: self.machine.instructions() - before,
            reset,
        })
    }

    /// The least of a schedule, its turns counted where every instruction is a point, that breaks the same: without the turns
    /// that do not matter.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn shrink(&mut self, turns: &[Turn]) -> Result<Vec<Turn>, Failure> {
        let exact = |turns: &[Turn]| Plan {
            points: Points::Instruction,
            turns: turns.to_vec(),
            conflicts: Conflicts::default(),
        };
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

    /// Runs every schedule under the bounds. `tell` is told of each, and ends the search by `false`.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's, or a limit: what is not modelled, or an end by the user.
    pub fn explore(
        &mut self,
        bounds: Bounds,
        mut tell: impl FnMut(&Exploration) -> bool,
    ) -> Result<Exploration, Failure> {
        let begun = Instant::now();
        let mut found = Exploration::default();
        let conflicts = Conflicts::default();
        'anew: loop {
            let mut tree = Tree::new(bounds.preemptions);
            let mut next = Some((Vec::new(), 0));
            while let Some((turns, preemptions)) = next {
                let known = conflicts.len();
                let outcome = self.run(Plan {
                    points: bounds.points,
                    turns: turns.clone(),
                    conflicts: conflicts.clone(),
                })?;
                let grown = conflicts.len() > known;
                found.count(&turns, &outcome);
                found.conflicts = conflicts.len();
                found.elapsed = begun.elapsed();
                if let Some(failure) = outcome.failure {
                    if matches!(failure.cause, Cause::Limit(_)) {
                        return Err(failure);
                    }
                    found.add(failure, &outcome.record.taken);
                }
                if !tell(&found) {
                    return Ok(found);
                }
                // What was not a point has become one, in schedules that were run already.
                if grown && bounds.points == Points::Access {
                    found.restarts += 1;
                    continue 'anew;
                }
                next = tree.next((turns, preemptions), outcome.record.offers);
            }
            found.complete = true;
            found.elapsed = begun.elapsed();
            return Ok(found);
        }
    }
}

impl Exploration {
    fn count(&mut self, turns: &[Turn], outcome: &Outcome) {
        let offered: u32 = outcome.record.offers.iter().map(|offer| offer.count).sum();
        if turns.is_empty() {
            self.points = offered;
        }
        self.schedules += 1;
        self.choices += u64::from(offered);
        self.instructions += outcome.instructions;
        self.reset += outcome.reset;
    }

    fn add(&mut self, failure: Failure, turns: &[Turn]) {
        match self.violations.iter_mut().find(|it| it.is_as(&failure)) {
            Some(known) => known.schedules += 1,
            None => self.violations.push(Violation {
                failure,
                turns: turns.to_vec(),
                schedules: 1,
            }),
        }
    }
}
