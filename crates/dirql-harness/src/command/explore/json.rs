//! The report of an exploration for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use nt_model::program_version;
use ntsim::Coverage;
use ntsim::explore::{Bounds, Shard, Violation};
use serde::{Deserialize, Serialize};

use super::executed::Executed;
use super::{Explored, MODEL, merge, resource};
use crate::explore::images::Images;
use crate::explore::scenarios::Subject;
use crate::explore::token::VERSION;

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) model: String,
    #[serde(flatten)]
    pub(super) of: Origin,
    /// Which share of the schedules it is about, where they were divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shard: Option<String>,
    pub(super) scenarios: Vec<ScenarioReport>,
    /// Of the driver, where a scenario is about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) coverage: Option<CoverageReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) coverage_of_miniport: Option<CoverageReport>,
}

/// What two reports must have in common to be about the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Of the program, and of tokens.
    pub(super) version: String,
    /// The images, by what they are, as SHA-256 of what is loaded.
    pub(super) images: BTreeMap<String, String>,
    pub(super) points: String,
    pub(super) preemptions: u32,
}

impl Origin {
    pub(super) fn of(images: &Images, bounds: Bounds) -> Self {
        Self {
            version: format!("{}, {VERSION}", program_version!()),
            images: images.hashes(),
            points: bounds.points.name().to_owned(),
            preemptions: bounds.preemptions,
        }
    }

    /// In what another one differs, with both values.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let images = |of: &Self| {
            let each = of
                .images
                .iter()
                .map(|(name, hash)| format!("{name} {hash}"));
            each.collect::<Vec<_>>().join(", ")
        };
        let fields = [
            ("version", self.version.clone(), other.version.clone()),
            ("images", images(self), images(other)),
            ("points", self.points.clone(), other.points.clone()),
            (
                "preemptions",
                self.preemptions.to_string(),
                other.preemptions.to_string(),
            ),
        ];
        let mut fields = fields.into_iter();
        let (name, own, other) = fields.find(|(_, own, other)| own != other)?;
        Some(format!("{name}: '{own}' and '{other}'"))
    }
}

/// A scenario on a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ScenarioReport {
    pub(super) name: String,
    pub(super) interrupt: String,
    /// The machine with its policies, as tokens have it.
    pub(super) machine: String,
    /// The image that it is about.
    pub(super) subject: String,
    pub(super) points: u32,
    pub(super) schedules: u64,
    pub(super) choices: u64,
    pub(super) offered: u64,
    pub(super) taken: u64,
    pub(super) instructions: u64,
    pub(super) conflicts: usize,
    pub(super) restarts: u32,
    /// What of schedules, choices and instructions was run before the search began anew the last time.
    pub(super) before_anew: Work,
    pub(super) complete: bool,
    pub(super) seconds: f64,
    pub(super) seconds_of_resets: f64,
    pub(super) violations: Vec<ViolationReport>,
    pub(super) coverage: Option<CoverageReport>,
    /// Of schedules that were drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tokens: Vec<String>,
    /// Of schedules that were drawn by priorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pct: Option<PctReport>,
    /// What shares are joined by: the conflict set, and what was executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) share: Option<Share>,
}

impl ScenarioReport {
    /// The scenario and its machine, for people.
    pub(super) fn title(&self) -> String {
        format!("{} by {}", self.name, self.interrupt)
    }
}

/// An amount of what was run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Work {
    pub(super) schedules: u64,
    pub(super) choices: u64,
    pub(super) instructions: u64,
}

/// What a share of a scenario is joined with others by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Share {
    pub(super) conflict_set: Vec<u64>,
    pub(super) executed: Option<Executed>,
}

/// What schedules by priorities were drawn for, and what they find at least.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PctReport {
    pub(super) depth: u32,
    pub(super) seed: u64,
    pub(super) contexts: u32,
    pub(super) points: u32,
    /// The least probability with which one finds a bug of the depth.
    pub(super) bound: f64,
    /// How many schedules it holds for: those since a schedule voided it.
    pub(super) under: u64,
    /// How often a schedule did.
    pub(super) voided: u64,
}

/// Something that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ViolationReport {
    pub(super) rule: String,
    pub(super) sites: Vec<String>,
    pub(super) stacks: Vec<Vec<String>>,
    pub(super) message: String,
    pub(super) schedules: u64,
    pub(super) acted: Vec<String>,
    pub(super) token: String,
    pub(super) again: String,
}

/// How much of an image was executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CoverageReport {
    /// Instructions of the image's functions, and those that were executed.
    pub(super) instructions: usize,
    pub(super) executed: usize,
    /// The branches that were never executed.
    pub(super) never_executed: Vec<String>,
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

    /// The same of what several have executed.
    pub(super) fn joined(instructions: usize, executed: &Executed) -> Self {
        Self {
            instructions,
            executed: executed.instructions(),
            never_executed: executed.never_executed(),
        }
    }
}

pub(super) fn violation(it: &Explored, violation: &Violation, again: &str) -> ViolationReport {
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

/// The report of a scenario, with what it is joined by.
pub(super) fn scenario(it: &Explored, images: &Images, again: &str) -> ScenarioReport {
    let found = &it.found;
    let share = Share {
        conflict_set: found.conflict_set.clone(),
        executed: images
            .of(it.subject)
            .map(|image| Executed::of(&found.coverage, image)),
    };
    ScenarioReport {
        name: it.name.clone(),
        interrupt: resource(it.config.interrupt).to_owned(),
        machine: it.config.token(),
        subject: it.subject.to_string(),
        points: found.points,
        schedules: found.schedules,
        choices: found.choices,
        offered: found.offered,
        taken: found.taken,
        instructions: found.instructions,
        conflicts: found.conflicts,
        restarts: found.restarts,
        before_anew: Work {
            schedules: found.before_anew.schedules,
            choices: found.before_anew.choices,
            instructions: found.before_anew.instructions,
        },
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
        pct: it.pct(),
        share: Some(share),
    }
}

/// The report of all of them.
///
/// # Errors
///
/// What is wrong with one that was read.
pub(super) fn report(
    images: &Images,
    bounds: Bounds,
    shard: Option<Shard>,
    mut scenarios: Vec<ScenarioReport>,
) -> Result<Report, String> {
    let [coverage, coverage_of_miniport] = merge::coverage(&scenarios)?;
    if shard.is_none() {
        for scenario in &mut scenarios {
            scenario.share = None;
        }
    }
    Ok(Report {
        model: MODEL.to_owned(),
        of: Origin::of(images, bounds),
        shard: shard.map(|shard| shard.to_string()),
        scenarios,
        coverage,
        coverage_of_miniport,
    })
}

/// Writes a report.
pub(super) fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report).map_err(io::Error::from)?;
    writeln!(out)
}
