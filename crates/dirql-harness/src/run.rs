//! The run: the plan goes through the target, one test after the other.

use std::time::{Duration, Instant};

use dirql_ioctl::connection::QueryReply;
use nt_model::{Failure, Limit};

use crate::check::{Stop, Verdict};
use crate::exit::Exit;
use crate::fixture::{Evidence, Fixture};
use crate::ledger::Ledger;
use crate::plan::Planned;
use crate::seed::derive;
use crate::target::Target;

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every promise held.
    Passed,
    /// One did not.
    Failed(Failure),
    /// The simulator met a limit of its own: nothing is known of the driver.
    NoVerdict(Failure),
    /// Nothing can be concluded, for this reason.
    Skipped(String),
}

impl Outcome {
    /// What ended the test, where something did.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) | Self::NoVerdict(failure) => Some(failure),
            Self::Passed | Self::Skipped(_) => None,
        }
    }
}

/// One test that has run.
#[derive(Clone, Debug)]
pub struct Record {
    /// The test, in its variant.
    pub planned: Planned,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in the time of the host.
    pub duration: Duration,
    /// What makes it happen again, where anything does.
    pub token: Option<String>,
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// The target's name.
    pub target: &'static str,
    /// The seed of the run.
    pub seed: u64,
    /// The driver's first reply to a query.
    pub driver: Option<QueryReply>,
    /// Every test, in the order in which they ran.
    pub records: Vec<Record>,
    /// What was asked and answered.
    pub ledger: Ledger,
    /// How many interrupts the driver claimed.
    pub interrupts: u64,
    /// How long the run took.
    pub duration: Duration,
    /// Whether the user ended it before its end.
    pub interrupted: bool,
}

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that could not conclude anything.
    pub skipped: usize,
    /// Tests that ended at a limit of the simulator.
    pub no_verdict: usize,
}

impl Run {
    /// A run of no test.
    #[must_use]
    pub fn empty(target: &'static str, seed: u64) -> Self {
        Self {
            target,
            seed,
            driver: None,
            records: Vec::new(),
            ledger: Ledger::default(),
            interrupts: 0,
            duration: Duration::ZERO,
            interrupted: false,
        }
    }

    /// How many tests ended in which way.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for record in &self.records {
            match record.outcome {
                Outcome::Passed => summary.passed += 1,
                Outcome::Failed(_) => summary.failed += 1,
                Outcome::Skipped(_) => summary.skipped += 1,
                Outcome::NoVerdict(_) => summary.no_verdict += 1,
            }
        }
        summary
    }

    /// How the command ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let summary = self.summary();
        if summary.failed > 0 {
            Exit::Failed
        } else if self.interrupted {
            Exit::Interrupted
        } else if summary.no_verdict > 0 {
            Exit::NoVerdict
        } else {
            Exit::Passed
        }
    }

    /// The driver's version as text, where any query was answered.
    #[must_use]
    pub fn driver_version(&self) -> Option<String> {
        self.driver.as_ref().map(version)
    }
}

/// The driver's version as text.
#[must_use]
pub fn version(query: &QueryReply) -> String {
    let [patch, minor, major, _] = query.driver_version.to_le_bytes();
    format!("{major}.{minor}.{patch}")
}

/// Why a test is skipped that the user did not wait for.
pub(crate) const ENDED: &str = "the run was interrupted";

/// Who watches a run.
pub trait Observer {
    /// A test is about to run.
    fn started(&mut self, planned: &Planned);
    /// A test has run.
    fn finished(&mut self, record: &Record);
}

/// Runs a test as many times as the target wants, until it fails or is skipped.
fn passes(target: &dyn Target, planned: &Planned, seed: u64) -> (Verdict, Evidence) {
    let mut told = (Ok(()), Evidence::default());
    for pass in 0..target.passes() {
        target.begin_pass(pass);
        let (verdict, evidence) = Fixture::with(target, planned.variant, seed, planned.test.body);
        let ended = verdict.is_err();
        told = (verdict, evidence);
        if ended {
            break;
        }
    }
    told
}

/// Runs every test of the plan.
pub fn run(target: &dyn Target, plan: Vec<Planned>, seed: u64, observer: &mut dyn Observer) -> Run {
    let began = Instant::now();
    let facts = target.facts();
    let mut run = Run::empty(facts.name, facts.replayed_seed.unwrap_or(seed));
    for planned in plan {
        observer.started(&planned);
        let began = Instant::now();
        let seed = facts
            .replayed_seed
            .unwrap_or_else(|| derive(seed, &planned.id));
        run.interrupted |= target.interrupted();
        let (verdict, evidence) = if run.interrupted {
            (Err(Stop::Skipped(ENDED.to_owned())), Evidence::default())
        } else {
            passes(target, &planned, seed)
        };
        let record = Record {
            outcome: match verdict {
                Ok(()) => Outcome::Passed,
                Err(Stop::Failed(failure)) if failure.cause == Limit::Interrupted => {
                    run.interrupted = true;
                    Outcome::Skipped(ENDED.to_owned())
                }
                Err(Stop::Failed(failure)) if failure.is_verdict() => Outcome::Failed(failure),
                Err(Stop::Failed(failure)) => Outcome::NoVerdict(failure),
                Err(Stop::Skipped(reason)) => Outcome::Skipped(reason),
            },
            duration: began.elapsed(),
            token: target.token(planned.variant, seed),
            planned,
        };
        run.ledger.merge(&evidence.ledger);
        run.interrupts += evidence.interrupts();
        run.driver = run.driver.or(evidence.driver);
        observer.finished(&record);
        run.records.push(record);
    }
    run.duration = began.elapsed();
    run
}
