//! A campaign: programs until enough requests were made, or one broke something.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use nt_model::{Failure, Limit};

use super::behaviour::Behaviour;
use super::execute::{Executed, execute, execute_watched};
use super::file::{FORMAT, Saved};
use super::generate::program;
use super::program::{Program, Step};
use super::shrink::shrink;
use crate::check::Stop;
use crate::ledger::Ledger;
use crate::processor_time::processor_time;
use crate::seed::{Sequence, derive};
use crate::target::{Target, Variant};

/// Trials that may be spent on making one program smaller.
const SHRINK_BUDGET: usize = 4000;
/// The same for a program of a corpus, of which there are many.
const SPECIMEN_BUDGET: usize = 300;

/// Programs on one target.
pub struct Campaign<'t> {
    target: &'t dyn Target,
    /// What was done so far.
    pub tally: Tally,
}

/// What a campaign amounts to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Programs that ran.
    pub programs: u64,
    /// Requests of the programs, and how they ended.
    pub ledger: Ledger,
    /// What the programs have shown.
    pub behaviours: BTreeSet<Behaviour>,
    /// Time spent inside programs.
    pub duration: Duration,
    /// Processor time spent inside them, where the system tells.
    pub processor_time: Option<Duration>,
}

impl Tally {
    /// Requests that were submitted.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.ledger
            .rows()
            .map(|(_, account)| account.requests)
            .sum()
    }
}

/// A program that broke something.
#[derive(Clone, Debug)]
pub struct Crash {
    /// What it broke.
    pub failure: Failure,
    /// The program with all that it takes to run again.
    pub saved: Saved,
}

/// What one program of a campaign came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Everything held; these behaviours were new.
    Held(Vec<Behaviour>),
    /// Something broke.
    Broke(Box<Crash>),
    /// The user ended the program before its end.
    Interrupted,
}

impl<'t> Campaign<'t> {
    /// A campaign that has done nothing yet.
    #[must_use]
    pub fn new(target: &'t dyn Target) -> Self {
        Self {
            target,
            tally: Tally::default(),
        }
    }

    /// The way and the seed of the program with number `index`, and the program.
    #[must_use]
    pub fn draw(&self, seed: u64, index: u64) -> (Variant, u64, Program) {
        let variants = &self.target.facts().variants;
        let seed = derive(seed, &format!("program {index}"));
        let mut choices = Sequence::new(seed);
        let variant = choices.pick(variants);
        (variant, seed, program(&mut choices))
    }

    /// Runs a program and takes account of it.
    pub fn run(&mut self, variant: Variant, seed: u64, program: &[Step]) -> Outcome {
        self.run_watched(variant, seed, program, &mut |_| {})
    }

    /// The same, and tells `watch` after each step how many have run.
    pub fn run_watched(
        &mut self,
        variant: Variant,
        seed: u64,
        program: &[Step],
        watch: &mut dyn FnMut(usize),
    ) -> Outcome {
        let (began, processor_began) = (Instant::now(), processor_time());
        let Executed {
            verdict,
            evidence,
            behaviours,
        } = execute_watched(self.target, variant, seed, program, watch);
        self.tally.duration += began.elapsed();
        if let (Some(from), Some(to)) = (processor_began, processor_time()) {
            *self.tally.processor_time.get_or_insert_default() += to.saturating_sub(from);
        }
        self.tally.ledger.merge(&evidence.ledger);
        if matches!(&verdict, Err(Stop::Failed(failure)) if failure.cause == Limit::Interrupted) {
            return Outcome::Interrupted;
        }
        self.tally.programs += 1;
        match verdict {
            Err(Stop::Failed(failure)) => Outcome::Broke(Box::new(Crash {
                saved: self.saved(variant, seed, program, Some(&failure)),
                failure,
            })),
            Ok(()) | Err(Stop::Skipped(_)) => {
                let new: Vec<_> = behaviours
                    .difference(&self.tally.behaviours)
                    .cloned()
                    .collect();
                self.tally.behaviours.extend(behaviours);
                Outcome::Held(new)
            }
        }
    }

    /// The shortest program found that breaks the same rule at the same check; `watch` is told before each trial how
    /// many steps the shortest has so far. Where the user ends the search, it is the shortest until then.
    #[must_use]
    pub fn shrink_crash(
        &self,
        crash: &Crash,
        variant: Variant,
        watch: &mut dyn FnMut(usize),
    ) -> Crash {
        let seed = crash.saved.seed;
        let mut last = crash.failure.clone();
        let mut shortest = crash.saved.program.len();
        let short = shrink(&crash.saved.program, SHRINK_BUDGET, |steps| {
            watch(shortest);
            if self.target.interrupted() {
                return false;
            }
            match execute(self.target, variant, seed, steps).verdict {
                Err(Stop::Failed(failure))
                    if (&failure.cause, &failure.check)
                        == (&crash.failure.cause, &crash.failure.check) =>
                {
                    last = failure;
                    shortest = steps.len();
                    true
                }
                _ => false,
            }
        });
        Crash {
            saved: self.saved(variant, seed, &short, Some(&last)),
            failure: last,
        }
    }

    /// The shortest program found that holds and shows one of these behaviours at least.
    #[must_use]
    pub fn shrink_specimen(
        &self,
        (variant, seed, program): (Variant, u64, &[Step]),
        behaviour: &Behaviour,
    ) -> Saved {
        let short = shrink(program, SPECIMEN_BUDGET, |steps| {
            if self.target.interrupted() {
                return false;
            }
            let executed = execute(self.target, variant, seed, steps);
            executed.verdict == Ok(()) && executed.behaviours.contains(behaviour)
        });
        Saved {
            shows: Some(behaviour.to_string()),
            ..self.saved(variant, seed, &short, None)
        }
    }

    fn saved(
        &self,
        variant: Variant,
        seed: u64,
        program: &[Step],
        failure: Option<&Failure>,
    ) -> Saved {
        Saved {
            format: FORMAT,
            rule: failure.map(|failure| failure.cause.name().to_owned()),
            message: failure.map(|failure| failure.message.clone()),
            shows: None,
            variant: variant.to_string(),
            token: self.target.token(variant, seed.into()),
            seed,
            program: program.to_vec(),
        }
    }
}
