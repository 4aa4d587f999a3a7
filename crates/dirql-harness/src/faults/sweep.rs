//! The sweep: which calls of which workloads are refused how, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use nt_model::{Config, Failure, Finding, InterruptResource};
use ntsim::{CallSite, FailableCall, Refusal, refusals};

use super::run::{Course, Repeated, repeat, run};
use super::said::Fault;
use super::workload::Workload;
use crate::explore::images::Images;
use crate::explore::scenarios::{On, Subject};
use crate::interrupt;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Each way to a call once, whichever workload takes it, and few repetitions.
    Short,
    /// Each way to a call in each workload and with each interrupt, the first three calls by it and the last, and repetitions
    /// until what a refusal may keep would be exhausted.
    Whole,
}

/// How often a refusal is repeated in the short form.
const FEW: u32 = 3;
/// How many calls by one way are refused in the whole form, besides the last.
const FIRST: u32 = 3;

/// A call that was refused, and what came of it.
#[derive(Debug)]
pub struct Tried {
    /// The workload's name.
    pub workload: &'static str,
    /// The image that it is about.
    pub subject: Subject,
    /// The interrupt of its device.
    pub interrupt: InterruptResource,
    /// The call.
    pub call: FailableCall,
    /// How it was refused.
    pub refusal: Refusal,
    /// How the driver answered.
    pub answer: String,
    /// What repetitions came to, where there were some.
    pub repeated: Option<Repeated>,
    /// What was broken.
    pub failure: Option<Failure>,
    /// The instructions that called behind the refusal.
    behind: BTreeSet<u32>,
}

/// What a sweep has found.
#[derive(Debug, Default)]
pub struct Swept {
    /// Every call that was refused, in the order of the workloads.
    pub tried: Vec<Tried>,
    /// The instructions of each image that may make such a call.
    pub sites: BTreeMap<Subject, Vec<CallSite>>,
    /// Those of them that call only behind a refusal of another call.
    pub behind: BTreeMap<Subject, BTreeSet<u32>>,
    /// Calls that came from an instruction which is not among them: the list is wrong.
    pub unlisted: Vec<FailableCall>,
}

/// A workload on a machine, as it runs without a refusal.
struct Played<'a> {
    workload: &'a Workload,
    subject: Subject,
    config: Config,
    course: Course,
}

/// A call that is to be refused.
struct Case<'a> {
    played: &'a Played<'a>,
    call: &'a FailableCall,
    refusal: &'a Refusal,
    /// The same call, counted from the first step; none where it is in the start or in the removal.
    in_steps: Option<FailableCall>,
    repeats: u32,
}

/// The image that a workload is about.
#[must_use]
pub const fn subject(workload: &Workload) -> Subject {
    match workload.on {
        On::Device(_) => Subject::Driver,
        On::Adapter => Subject::Miniport,
    }
}

/// Sweeps through some workloads, several cases at a time. `tell` is told how many of how many are done.
///
/// # Errors
///
/// A [`Failure`] of a workload without a refusal.
pub fn sweep(
    images: &Images,
    workloads: &[Workload],
    base: &Config,
    extent: Extent,
    jobs: usize,
    tell: impl Fn(usize, usize),
) -> Result<Swept, Failure> {
    let mut played = Vec::new();
    for workload in workloads {
        let interrupts = match workload.on {
            On::Device(_) => &[InterruptResource::Line, InterruptResource::Message][..],
            On::Adapter => &[InterruptResource::Line],
        };
        for interrupt in interrupts {
            let config = Config {
                interrupt: *interrupt,
                ..base.clone()
            };
            let course = run(images, workload, &config, None).map_err(|failure| Failure {
                message: format!("{} without a refusal: {}", workload.name, failure.message),
                ..failure
            })?;
            played.push(Played {
                workload,
                subject: subject(workload),
                config,
                course,
            });
        }
    }
    let mut swept = Swept::default();
    for it in &played {
        let sites = swept.sites.entry(it.subject).or_default();
        sites.clone_from(&it.course.sites);
        // What the image does not call the framework calls on its behalf.
        let calls = it.course.calls.iter();
        let calls = calls.filter(|call| sites.iter().any(|site| site.routine == call.routine));
        let listed: BTreeSet<u32> = sites.iter().map(|site| site.rva).collect();
        let is_unlisted = |call: &&FailableCall| {
            let at = call.calls.first();
            at.is_some_and(|at| !listed.contains(at))
        };
        let unlisted: Vec<&FailableCall> = calls.filter(is_unlisted).collect();
        for call in unlisted {
            if !swept
                .unlisted
                .iter()
                .any(|it| it.calls.first() == call.calls.first())
            {
                swept.unlisted.push(call.clone());
            }
        }
    }
    let cases = cases(&played, extent);
    swept.tried = try_all(images, &cases, jobs, tell);
    for tried in &swept.tried {
        let behind = swept.behind.entry(tried.subject).or_default();
        behind.extend(&tried.behind);
    }
    for it in &played {
        let behind = swept.behind.entry(it.subject).or_default();
        for call in it.course.calls.iter().filter_map(|call| call.calls.first()) {
            behind.remove(call);
        }
    }
    Ok(swept)
}

/// The cases of an extent, in the order of the workloads.
fn cases<'a>(played: &'a [Played<'a>], extent: Extent) -> Vec<Case<'a>> {
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    for it in played {
        let Course {
            calls,
            in_start,
            in_life,
            ..
        } = &it.course;
        for (number, call) in calls.iter().enumerate() {
            let by_its_way = calls.iter().filter(|other| other.is_by_the_way_of(call));
            let last = by_its_way.map(|other| other.ordinal).max();
            let taken = match extent {
                Extent::Short => seen.insert((it.subject, call.routine, &call.calls)),
                Extent::Whole => call.ordinal < FIRST || Some(call.ordinal) == last,
            };
            if !taken {
                continue;
            }
            let before = calls[..*in_start].iter();
            let before = before.filter(|other| other.is_by_the_way_of(call)).count();
            let in_steps = (*in_start..*in_life)
                .contains(&number)
                .then(|| FailableCall {
                    ordinal: call.ordinal - u32::try_from(before).unwrap_or(u32::MAX),
                    ..call.clone()
                });
            let first = in_steps.as_ref().is_some_and(|call| call.ordinal == 0);
            let repeats = match extent {
                Extent::Whole if first => it.workload.repeats,
                Extent::Short | Extent::Whole => it.workload.repeats.min(FEW),
            };
            for refusal in refusals(call.routine) {
                cases.push(Case {
                    played: it,
                    call,
                    refusal,
                    in_steps: in_steps.clone(),
                    repeats,
                });
            }
        }
    }
    cases
}

fn try_all(
    images: &Images,
    cases: &[Case<'_>],
    jobs: usize,
    tell: impl Fn(usize, usize),
) -> Vec<Tried> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut tried: BTreeMap<usize, Tried> = BTreeMap::new();
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !interrupt::interrupted()
                    && let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(case) = cases.get(at)
                    && sender.send((at, try_one(images, case))).is_ok()
                {}
            });
        }
        drop(sender);
        for (at, it) in receiver {
            tried.insert(at, it);
            tell(tried.len(), cases.len());
        }
    });
    tried.into_values().collect()
}

fn try_one(images: &Images, case: &Case<'_>) -> Tried {
    let Case {
        played,
        call,
        refusal,
        in_steps,
        repeats,
    } = case;
    let Played {
        workload,
        subject,
        config,
        course: base,
    } = played;
    let mut tried = Tried {
        workload: workload.name,
        subject: *subject,
        interrupt: config.interrupt,
        call: (*call).clone(),
        refusal: **refusal,
        answer: String::new(),
        repeated: None,
        failure: None,
        behind: BTreeSet::new(),
    };
    let fault = Fault { call, refusal };
    match run(images, workload, config, Some((fault, base))) {
        Ok(course) if course.refused == 0 => {
            let what = "the call that was to be refused has not come again";
            tried.failure = Some(Failure::new(Finding::Suite, what));
        }
        Ok(course) => {
            tried.answer = answer(&course, base);
            let calls = course.calls.iter();
            tried.behind = calls.filter_map(|it| it.calls.first()).copied().collect();
        }
        Err(failure) => tried.failure = Some(failure),
    }
    if let (None, Some(in_steps), 1..) = (&tried.failure, in_steps, *repeats) {
        let fault = Fault {
            call: in_steps,
            refusal,
        };
        match repeat(images, workload, config, fault, *repeats) {
            Ok(repeated) => tried.repeated = Some(repeated),
            Err(failure) => tried.failure = Some(failure),
        }
    }
    tried
}

/// How the driver answered a refusal.
fn answer(course: &Course, base: &Course) -> String {
    if let Some(said) = course.differs_from(base) {
        return format!("{}: {}", said.what, said.how);
    }
    match course.replies_otherwise_than(base) {
        Some(said) => format!("{}: served, and the reply says it", said.what),
        None => "goes on without".to_owned(),
    }
}
