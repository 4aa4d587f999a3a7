//! The search through the schedules of a scenario: all of them under a bound, or some of them, drawn from a seed.

use std::time::{Duration, Instant};

use nt_model::{Cause, Failure, Rule};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use crate::{
    explore::{
        run::{Explorer, Outcome},
        shard::Shard,
        tree::{Node, Schedule, Tree},
        violation::Violation,
    },
    guest::code::coverage::Coverage,
    kernel::state::{
        conflicts::Conflicts,
        plan::{Plan, Points, Turn},
        priorities::{Priorities, Reach},
    },
};

/// Which schedules are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Where a schedule may take turns.
    pub points: Points,
    /// How many of its turns may be preemptions.
    pub preemptions: u32,
}

/// What an exploration has come to.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// Schedules that were run.
    pub schedules: u64,
    /// Choices that they met.
    pub choices: u64,
    /// The choices of the schedule without turns.
    pub points: u32,
    /// The alternatives under the bound that the schedules were offered since the search began anew.
    pub offered: u64,
    /// How many of them were taken.
    pub taken: u64,
    /// Instructions of the driver that were executed, those behind the scenario included.
    pub instructions: u64,
    /// What was executed of the image.
    pub coverage: Coverage,
    /// What was broken, each once.
    pub violations: Vec<Violation>,
    /// Words of memory in the conflict set.
    pub conflicts: usize,
    /// Those words.
    pub conflict_set: Vec<u64>,
    /// How often the search began anew because that set had grown.
    pub restarts: u32,
    /// What was run before it began anew the last time, which is in the other numbers.
    pub before_anew: Work,
    /// Where schedules were drawn by priorities: what the bound on what they find is made of.
    pub drawn: Option<Drawn>,
    /// Every schedule under the bound was run.
    pub complete: bool,
    /// The part of the search that is done, from 0 to 1, as far as it can be told.
    pub progress: f64,
    /// The turns of the last schedule, as they are counted where every instruction is a point.
    pub last: Vec<Turn>,
    /// The time that going back to the beginning took.
    pub reset: Duration,
    /// The time of the whole.
    pub elapsed: Duration,
}

/// An amount of what was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Schedules.
    pub schedules: u64,
    /// Choices that they met.
    pub choices: u64,
    /// Instructions of the driver.
    pub instructions: u64,
}

/// What the bound of a search by priorities is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The most contexts and points that a schedule had.
    pub reach: Reach,
    /// How many schedules were drawn for them, since one had more: the bound holds for these.
    pub under: u64,
    /// How often a schedule had more than any before it, or brought new points.
    pub voided: u64,
}

impl<S: Clone> Explorer<'_, S> {
    /// Runs every schedule under the bounds. `tell` is told of each, and ends the search by `false`.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's, or a limit: what is not modelled, or an end by the user.
    pub fn explore(
        &mut self,
        bounds: Bounds,
        tell: impl FnMut(&Exploration) -> bool,
    ) -> Result<Exploration, Failure> {
        self.explore_share(bounds, Shard::WHOLE, &[], tell)
    }

    /// Runs a share of the schedules under the bounds. `known` are words of the conflict set that other searches have found:
    /// the shares are disjoint, and complete together, where their conflict sets are the same in the end.
    ///
    /// # Errors
    ///
    /// As [`Self::explore`].
    pub fn explore_share(
        &mut self,
        bounds: Bounds,
        shard: Shard,
        known: &[u64],
        tell: impl FnMut(&Exploration) -> bool,
    ) -> Result<Exploration, Failure> {
        let mut search = Search::new(bounds, known, tell);
        self.begin(bounds)?;
        'anew: loop {
            let mut tree = Tree::new(bounds.preemptions, shard);
            let mut next = Some(Schedule::default());
            while let Some(schedule) = next {
                let counts = tree.has(&schedule);
                let Step { outcome, grown } = search.run(self, &schedule.turns, None, counts)?;
                // What was not a point has become one, in schedules that were run already.
                let anew = grown && bounds.points == Points::Access;
                next = tree.next(schedule, outcome.record.offers);
                search.found.offered = tree.offered;
                search.found.taken = tree.taken;
                search.found.progress = tree.progress();
                if !search.tell() {
                    return Ok(search.end(self, false));
                }
                if anew {
                    search.begin_anew();
                    continue 'anew;
                }
            }
            return Ok(search.end(self, true));
        }
    }

    /// Runs `count` schedules under the bounds that are drawn from a seed. Each takes one turn more than one that was run
    /// before it, or is the one without turns. `tell` is told of each, and ends the search by `false`.
    ///
    /// # Errors
    ///
    /// As [`Self::explore`].
    pub fn draw(
        &mut self,
        bounds: Bounds,
        seed: u64,
        count: u64,
        tell: impl FnMut(&Exploration) -> bool,
    ) -> Result<Exploration, Failure> {
        let mut search = Search::new(bounds, &[], tell);
        self.begin(bounds)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |bound: u64| rng.next_u64() % bound;
        // The schedule without turns, and the one from which the next follows.
        let mut root: Option<Node> = None;
        let mut node: Option<Node> = None;
        while search.found.schedules < count {
            let from = node.take().or_else(|| root.clone());
            let alternatives = from.as_ref().map_or(0, Node::width);
            let schedule = match from {
                // A longer way is less likely.
                Some(from) if alternatives > 0 => from.child_at(below(alternatives)),
                Some(_) => None,
                None => Some(Schedule::default()),
            };
            let Some(schedule) = schedule else {
                continue;
            };
            let is_root = schedule.turns.is_empty();
            let Step { outcome, grown } = search.run(self, &schedule.turns, None, true)?;
            let ran = Node::new(schedule, bounds.preemptions, outcome.record.offers);
            let goes_on = ran.width() > 0 && below(3) > 0;
            search.found.progress = part(search.found.schedules, count);
            if !search.tell() || is_root && ran.width() == 0 {
                break;
            }
            if grown && bounds.points == Points::Access {
                // Choices are counted anew.
                (root, node) = (None, None);
            } else if is_root {
                root = Some(ran);
            } else if goes_on {
                node = Some(ran);
            }
        }
        Ok(search.end(self, false))
    }
}

/// The part that so many are of all.
#[expect(
    clippy::cast_precision_loss,
    reason = "a part is told with a few digits"
)]
pub(super) fn part(some: u64, all: u64) -> f64 {
    some as f64 / all as f64
}

impl<S> Explorer<'_, S> {
    /// Points of `access` are where the race detector sees that strands meet.
    pub(super) fn begin(&mut self, bounds: Bounds) -> Result<(), Failure> {
        if bounds.points == Points::Access && !self.machine.config().rules.checks(Rule::Race) {
            return Err(Failure::not_modelled(
                "an exploration at points of access without the rule race, which finds them",
            ));
        }
        self.machine.forget_coverage();
        Ok(())
    }
}

/// A search on its way.
pub(super) struct Search<T> {
    bounds: Bounds,
    begun: Instant,
    conflicts: Conflicts,
    pub(super) found: Exploration,
    tell: T,
}

/// What one schedule has come to, and whether the conflict set has grown.
pub(super) struct Step {
    pub(super) outcome: Outcome,
    pub(super) grown: bool,
}

impl<T: FnMut(&Exploration) -> bool> Search<T> {
    pub(super) fn new(bounds: Bounds, known: &[u64], tell: T) -> Self {
        Self {
            bounds,
            begun: Instant::now(),
            conflicts: Conflicts::of(known),
            found: Exploration::default(),
            tell,
        }
    }

    /// Runs a schedule by its turns, or by priorities. Where it does not count, others count it.
    pub(super) fn run<S: Clone>(
        &mut self,
        explorer: &mut Explorer<'_, S>,
        turns: &[Turn],
        priorities: Option<Priorities>,
        counts: bool,
    ) -> Result<Step, Failure> {
        let known = self.conflicts.len();
        let plan = Plan {
            points: self.bounds.points,
            turns: turns.to_vec(),
            conflicts: self.conflicts.clone(),
        };
        let mut outcome = explorer.run_by(plan, priorities)?;
        self.count(turns, &outcome, counts);
        if let Some(failure) = outcome.failure.take() {
            if matches!(failure.cause, Cause::Limit(_)) {
                return Err(failure);
            }
            if counts {
                self.add(explorer, failure, &outcome)?;
            }
        }
        let grown = self.conflicts.len() > known;
        self.found.conflicts = self.conflicts.len();
        Ok(Step { outcome, grown })
    }

    fn count(&mut self, turns: &[Turn], outcome: &Outcome, counts: bool) {
        let found = &mut self.found;
        let met: u32 = outcome.record.offers.iter().map(|offer| offer.count).sum();
        if turns.is_empty() {
            found.points = met;
        }
        if !counts {
            return;
        }
        found.schedules += 1;
        found.choices += u64::from(met);
        found.instructions += outcome.instructions;
        found.reset += outcome.reset;
        found.last.clone_from(&outcome.record.taken);
    }

    fn add<S: Clone>(
        &mut self,
        explorer: &mut Explorer<'_, S>,
        failure: Failure,
        outcome: &Outcome,
    ) -> Result<(), Failure> {
        let sites = explorer.sites(&failure);
        let mut known = self.found.violations.iter_mut();
        if let Some(known) = known.find(|it| it.is_as(&failure, &sites)) {
            known.schedules += 1;
            return Ok(());
        }
        let mut violation = Violation {
            failure,
            sites,
            turns: outcome.record.taken.clone(),
            acted: outcome.acted.iter().map(|it| it.actor).collect(),
            schedules: 1,
        };
        explorer.find_calls(&mut violation)?;
        self.found.violations.push(violation);
        Ok(())
    }

    /// The conflict set has grown: what was run is run again.
    fn begin_anew(&mut self) {
        let found = &mut self.found;
        found.restarts += 1;
        found.before_anew = Work {
            schedules: found.schedules,
            choices: found.choices,
            instructions: found.instructions,
        };
    }

    pub(super) fn tell(&mut self) -> bool {
        self.found.elapsed = self.begun.elapsed();
        (self.tell)(&self.found)
    }

    pub(super) fn end<S: Clone>(
        mut self,
        explorer: &Explorer<'_, S>,
        complete: bool,
    ) -> Exploration {
        self.found.complete = complete;
        if complete {
            self.found.progress = 1.0;
        }
        self.found.conflict_set = self.conflicts.words();
        self.found.coverage = explorer.machine.coverage();
        self.found.elapsed = self.begun.elapsed();
        self.found
    }
}
