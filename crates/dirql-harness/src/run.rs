//! The run: the plan goes through the target, one test after the other.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use dirql_ioctl::connection::QueryReply;
use nt_model::{Failure, Limit, Strategy};

use crate::check::{Stop, Verdict};
use crate::exit::Exit;
use crate::fixture::{Evidence, Fixture};
use crate::ledger::Ledger;
use crate::plan::Planned;
use crate::seed::{Seeds, derive};
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

/// How much of a plan is run, and how much of it at a time.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The seed from which each test's own is derived.
    pub seed: u64,
    /// Under how many seeds a test runs whose schedule is drawn.
    pub seeds: NonZero<u64>,
    /// How many tests run at a time, where the target is one that several threads can share.
    pub jobs: NonZero<usize>,
}

impl From<u64> for Extent {
    fn from(seed: u64) -> Self {
        Self {
            seed,
            seeds: NonZero::<u64>::MIN,
            jobs: NonZero::<usize>::MIN,
        }
    }
}

/// Who watches a run.
pub trait Observer {
    /// A test is about to run.
    fn started(&mut self, planned: &Planned);
    /// A test has run.
    fn finished(&mut self, record: &Record);
}

/// A test that has run, and what it leaves for the reports.
struct Ran {
    record: Record,
    evidence: Vec<Evidence>,
    interrupted: bool,
}

/// What there is to run.
struct Work<'a> {
    plan: &'a [Planned],
    extent: Extent,
    /// The user has ended the run.
    interrupted: AtomicBool,
}

impl Work<'_> {
    /// Runs a test as many times as the target wants, until it fails or is skipped.
    fn passes(target: &dyn Target, planned: &Planned, seeds: Seeds) -> (Verdict, Evidence) {
        let mut told = (Ok(()), Evidence::default());
        for pass in 0..target.passes() {
            target.begin_pass(pass);
            let (verdict, evidence) =
                Fixture::with(target, planned.variant, seeds, planned.test.body);
            let ended = verdict.is_err();
            told = (verdict, evidence);
            if ended {
                break;
            }
        }
        told
    }

    /// Runs a test under each of its seeds, until it fails or is skipped.
    fn run(&self, target: &dyn Target, planned: &Planned) -> Ran {
        let began = Instant::now();
        let replayed = target.facts().replayed;
        let first = replayed.unwrap_or_else(|| derive(self.extent.seed, &planned.id).into());
        // Where nothing is drawn, and where a token says what is, one run is like the other.
        let is_drawn = planned.variant.schedule == Some(Strategy::Random) && replayed.is_none();
        let runs = if is_drawn { self.extent.seeds.get() } else { 1 };
        let mut told = (Ok(()), first);
        let mut evidence = Vec::new();
        for number in 0..runs {
            if target.interrupted() {
                self.interrupted.store(true, Ordering::Relaxed);
            }
            if self.interrupted.load(Ordering::Relaxed) {
                told.0 = Err(Stop::Skipped(ENDED.to_owned()));
                break;
            }
            let seeds = first.of_run(number);
            let (verdict, left) = Self::passes(target, planned, seeds);
            evidence.push(left);
            let ended = verdict.is_err();
            told = (verdict, seeds);
            if ended {
                break;
            }
        }
        target.end_test();
        let (verdict, seeds) = told;
        let mut interrupted = self.interrupted.load(Ordering::Relaxed);
        let outcome = match verdict {
            Ok(()) => Outcome::Passed,
            Err(Stop::Failed(failure)) if failure.cause == Limit::Interrupted => {
                interrupted = true;
                self.interrupted.store(true, Ordering::Relaxed);
                Outcome::Skipped(ENDED.to_owned())
            }
            Err(Stop::Failed(failure)) if failure.is_verdict() => Outcome::Failed(failure),
            Err(Stop::Failed(failure)) => Outcome::NoVerdict(failure),
            Err(Stop::Skipped(reason)) => Outcome::Skipped(reason),
        };
        Ran {
            record: Record {
                outcome,
                duration: began.elapsed(),
                token: target.token(planned.variant, seeds),
                planned: planned.clone(),
            },
            evidence,
            interrupted,
        }
    }

    /// One test after the other.
    fn run_alone(&self, target: &dyn Target, tell: &mut dyn FnMut(Told)) {
        for (index, planned) in self.plan.iter().enumerate() {
            tell(Told::Started(index));
            tell(Told::Ended(index, Box::new(self.run(target, planned))));
        }
    }

    /// Several at a time. Each thread takes the next one that none has taken.
    fn run_shared(&self, target: &(dyn Target + Sync), tell: &mut dyn FnMut(Told)) {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.extent.jobs.get().min(self.plan.len()) {
                let sender = sender.clone();
                let next = &next;
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(planned) = self.plan.get(index) else {
                            break;
                        };
                        let told = sender.send(Told::Started(index)).and_then(|()| {
                            let ran = Box::new(self.run(target, planned));
                            sender.send(Told::Ended(index, ran))
                        });
                        // Where nothing listens any more, nothing wants the rest.
                        if told.is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            receiver.into_iter().for_each(tell);
        });
    }
}

/// What is told while tests run, each by its place in the plan.
enum Told {
    Started(usize),
    Ended(usize, Box<Ran>),
}

/// Runs every test of the plan. What is reported of them, and in which order, does not hang on how many run at a time.
pub fn run(
    target: &dyn Target,
    plan: &[Planned],
    extent: impl Into<Extent>,
    observer: &mut dyn Observer,
) -> Run {
    let began = Instant::now();
    let extent = extent.into();
    let facts = target.facts();
    let seed = facts.replayed.map_or(extent.seed, |seeds| seeds.start);
    let mut run = Run::empty(facts.name, seed);
    let work = Work {
        plan,
        extent,
        interrupted: AtomicBool::new(false),
    };
    // Those that have ended before one that comes before them.
    let mut early = BTreeMap::new();
    let mut tell = |told| match told {
        Told::Started(index) => observer.started(&plan[index]),
        Told::Ended(index, ran) => {
            early.insert(index, ran);
            while let Some(ran) = early.remove(&run.records.len()) {
                let Ran {
                    record,
                    evidence,
                    interrupted,
                } = *ran;
                for evidence in evidence {
                    run.ledger.merge(&evidence.ledger);
                    run.interrupts += evidence.interrupts();
                    run.driver = run.driver.or(evidence.driver);
                }
                run.interrupted |= interrupted;
                observer.finished(&record);
                run.records.push(record);
            }
        }
    };
    match target.shared() {
        Some(shared) if extent.jobs.get() > 1 => work.run_shared(shared, &mut tell),
        _ => work.run_alone(target, &mut tell),
    }
    run.duration = began.elapsed();
    run
}
