//! One run of a workload, with a call that is refused or without, and what must hold behind it.

use nt_model::{Config, Failure, Finding, Rule};
use ntsim::{Accounts, CallSite, FailableCall, Machine, TraceSession};

use super::player::Player;
use super::said::{Fault, Said};
use super::workload::Workload;
use crate::explore::images::{Images, start};

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// What the driver has said, step by step.
    pub said: Vec<Said>,
    /// The calls that may be refused.
    pub calls: Vec<FailableCall>,
    /// How many of them came before the first step.
    pub in_start: usize,
    /// How many of them came before the removal.
    pub in_life: usize,
    /// The instructions that may make such a call.
    pub sites: Vec<CallSite>,
    /// How many calls were refused.
    pub refused: usize,
}

/// What repetitions of a refusal amount to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Repeated {
    /// How often the call was refused.
    pub refused: usize,
    /// The device was given up in between.
    pub given_up: bool,
}

impl Course {
    /// The first step that ended otherwise than without a refusal.
    #[must_use]
    pub fn differs_from<'a>(&'a self, other: &Self) -> Option<&'a Said> {
        let others = other.said.iter().map(Some).chain(std::iter::repeat(None));
        let mut both = self.said.iter().zip(others);
        let differs = both.find(|(said, other)| {
            other.is_none_or(|other| (&said.what, &said.how) != (&other.what, &other.how))
        });
        differs.map(|(said, _)| said)
    }

    /// The first step that ended as without a refusal, and replied something else.
    #[must_use]
    pub fn replies_otherwise_than<'a>(&'a self, other: &Self) -> Option<&'a Said> {
        let mut both = self.said.iter().zip(&other.said);
        both.find(|(said, other)| said.output != other.output)
            .map(|(said, _)| said)
    }
}

/// Why a driver has not started: what its callback has returned, without what was refused before.
fn started_not(message: &str) -> String {
    message.split(';').next().unwrap_or_default().to_owned()
}

fn broken(message: String) -> Failure {
    Failure::new(Finding::Contract, message)
}

/// Switches a machine on for a workload, and refuses a call from there on, or watches the calls.
fn switch_on(
    images: &Images,
    workload: &Workload,
    config: &Config,
    fault: Option<Fault<'_>>,
) -> Result<Machine, Failure> {
    let mut machine = images.switch_on(&workload.on, config)?;
    if let Some(flag) = crate::interrupt::flag() {
        machine.end_on(flag);
    }
    if workload.listens {
        machine.listen(Some(TraceSession::ALL))?;
    }
    machine.watch_calls();
    if let Some(Fault { call, refusal }) = fault {
        machine.refuse(call, refusal);
    }
    Ok(machine)
}

/// Runs a workload, with a call refused or without, and judges what it has come to. `base` is the run without.
///
/// # Errors
///
/// A [`Failure`]: the driver breaks a rule or its contract.
pub fn run(
    images: &Images,
    workload: &Workload,
    config: &Config,
    fault: Option<(Fault<'_>, &Course)>,
) -> Result<Course, Failure> {
    let mut course = Course::default();
    let refusal = fault.map(|(fault, _)| fault);
    let mut machine = switch_on(images, workload, config, refusal)?;
    match start(&workload.on, &mut machine) {
        Err(failure) if failure.cause == Rule::StartFailed && machine.refused() > 0 => {
            course.said.push(Said {
                what: "start".to_owned(),
                how: started_not(&failure.message),
                output: Vec::new(),
            });
            course.refused = machine.refused();
            course.calls = machine.watched_calls().to_vec();
            machine.end_failed_start()?;
            machine.recycle();
            return Ok(course);
        }
        started => started?,
    }
    course.in_start = machine.watched_calls().len();
    if fault.is_none() {
        course.sites = machine.call_sites();
    }
    let mut player = Player::new(machine, workload, refusal)?;
    player.play(workload)?;
    course.calls = player.machine.watched_calls().to_vec();
    course.in_life = course.calls.len();
    course.said = core::mem::take(&mut player.said);
    let told = fault.is_some_and(|(_, base)| course.differs_from(base).is_some());
    player.works_again(told)?;
    // What has been called in between was for the host alone.
    let before = player.machine.watched_calls().len();
    player.unload()?;
    course.refused = player.machine.refused();
    let removal = &player.machine.watched_calls()[before..];
    course.calls.extend_from_slice(removal);
    player.machine.recycle();
    Ok(course)
}

/// Repeats a refusal of a step in one life of the driver. `fault` counts its ordinal from the first step.
///
/// # Errors
///
/// A [`Failure`]: the driver breaks a rule or its contract, or keeps something of each refusal.
pub fn repeat(
    images: &Images,
    workload: &Workload,
    config: &Config,
    fault: Fault<'_>,
    times: u32,
) -> Result<Repeated, Failure> {
    let mut machine = images.switch_on(&workload.on, config)?;
    if workload.listens {
        machine.listen(Some(TraceSession::ALL))?;
    }
    start(&workload.on, &mut machine)?;
    let mut player = Player::new(machine, workload, Some(fault))?;
    player.play(workload)?;
    let mut first: Option<Accounts> = None;
    let mut repeated = Repeated::default();
    for time in 0..times {
        player.machine.refuse(fault.call, fault.refusal);
        player.said.clear();
        player.play(workload)?;
        if !player.mend()? {
            repeated.given_up = true;
            break;
        }
        let now = player.machine.accounts();
        let then = *first.get_or_insert(now);
        if now != then {
            return Err(broken(format!(
                "after {} refusals of {} the driver has {now:?}, after the first {then:?}",
                time + 1,
                fault.call.routine
            )));
        }
    }
    repeated.refused = player.machine.refused();
    player.works_again(true)?;
    player.unload()?;
    player.machine.recycle();
    Ok(repeated)
}
