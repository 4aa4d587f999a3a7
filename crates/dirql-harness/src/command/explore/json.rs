//! The report of an exploration for programs.

use std::io::{self, Write};

use ntsim::Coverage;
use ntsim::explore::{Bounds, Violation};
use serde::Serialize;

use super::{Explored, MODEL, resource};
use crate::explore::images::Images;
use crate::explore::scenarios::Subject;

#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    points: &'a str,
    preemptions: u32,
    scenarios: Vec<ScenarioReport>,
    /// Of the driver, where a scenario is about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage_of_miniport: Option<CoverageReport>,
}

#[derive(Serialize)]
struct ScenarioReport {
    name: String,
    interrupt: &'static str,
    points: u32,
    schedules: u64,
    choices: u64,
    offered: u64,
    taken: u64,
    instructions: u64,
    conflicts: usize,
    restarts: u32,
    complete: bool,
    seconds: f64,
    seconds_of_resets: f64,
    violations: Vec<ViolationReport>,
    coverage: Option<CoverageReport>,
    /// Of schedules that were drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<String>,
}

#[derive(Serialize)]
struct ViolationReport {
    rule: String,
    sites: Vec<String>,
    stacks: Vec<Vec<String>>,
    message: String,
    schedules: u64,
    acted: Vec<String>,
    token: String,
    again: String,
}

#[derive(Serialize)]
struct CoverageReport {
    /// Instructions of the image's functions, and those that were executed.
    instructions: usize,
    executed: usize,
    /// The branches that were never executed.
    never_executed: Vec<String>,
}

impl CoverageReport {
    fn of(coverage: &Coverage, images: &Images, subject: Subject) -> Option<Self> {
        let image = images.of(subject)?;
        Some(Self {
            instructions: Coverage::instructions_of(image),
            executed: coverage.instructions(),
            never_executed: coverage.never_executed(image),
        })
    }
}

fn violation(it: &Explored, violation: &Violation, again: &str) -> ViolationReport {
    let token = it.token(&violation.turns).to_string();
    ViolationReport {
        rule: violation.failure.cause.name().to_owned(),
        sites: violation
            .sites
            .iter()
            .map(|site| site.place.clone())
            .collect(),
        stacks: violation
            .sites
            .iter()
            .map(|site| site.calls.clone())
            .collect(),
        message: violation.failure.message.clone(),
        schedules: violation.schedules,
        acted: it.names(&violation.acted).map(str::to_owned).collect(),
        again: format!("{again} --replay '{token}'"),
        token,
    }
}

fn scenario(it: &Explored, images: &Images, again: &str) -> ScenarioReport {
    let found = &it.found;
    ScenarioReport {
        name: it.name.clone(),
        interrupt: resource(it.config.interrupt),
        points: found.points,
        schedules: found.schedules,
        choices: found.choices,
        offered: found.offered,
        taken: found.taken,
        instructions: found.instructions,
        conflicts: found.conflicts,
        restarts: found.restarts,
        complete: found.complete,
        seconds: found.elapsed.as_secs_f64(),
        seconds_of_resets: found.reset.as_secs_f64(),
        violations: found
            .violations
            .iter()
            .map(|one| violation(it, one, again))
            .collect(),
        coverage: CoverageReport::of(&found.coverage, images, it.subject),
        tokens: it.tokens().collect(),
    }
}

/// Writes the report.
pub(super) fn write(
    out: &mut dyn Write,
    images: &Images,
    bounds: Bounds,
    explored: &[Explored],
    again: &str,
) -> io::Result<()> {
    let sum = |subject| {
        let sum = super::sum(explored, subject)?;
        CoverageReport::of(&sum, images, subject)
    };
    let report = Report {
        model: MODEL,
        points: bounds.points.name(),
        preemptions: bounds.preemptions,
        scenarios: explored
            .iter()
            .map(|it| scenario(it, images, again))
            .collect(),
        coverage: sum(Subject::Driver),
        coverage_of_miniport: sum(Subject::Miniport),
    };
    serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
    writeln!(out)
}
