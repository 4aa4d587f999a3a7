//! The report for programs: one JSON object.

use std::io::{self, Write};

use serde::Serialize;

use crate::check::Failure;
use crate::run::{Outcome, Run, Summary};

#[derive(Serialize)]
struct Report<'r> {
    target: &'r str,
    driver: Option<String>,
    seed: u64,
    tests: Vec<Test<'r>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Test<'r> {
    name: &'r str,
    outcome: &'static str,
    duration_us: u64,
    token: Option<&'r str>,
    message: Option<String>,
}

/// Writes the run as one JSON object on one line.
///
/// `driver` is the driver's version and null where it answered no query; `token` is null where
/// nothing makes the schedule happen again, `message` where the test passed.
///
/// # Errors
///
/// What `out` fails with.
pub fn json(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let tests = run.records.iter().map(|record| {
        let (outcome, message) = match &record.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(failure) => ("failed", Some(one_line(failure))),
            Outcome::Skipped(reason) => ("skipped", Some(reason.clone())),
        };
        Test {
            name: &record.planned.id,
            outcome,
            duration_us: u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX),
            token: record.token.as_deref(),
            message,
        }
    });
    let report = Report {
        target: run.target,
        driver: run.driver_version(),
        seed: run.seed,
        tests: tests.collect(),
        summary: run.summary(),
    };
    serde_json::to_writer(&mut *out, &report)?;
    writeln!(out)
}

/// Everything that is known of a failure, in one string.
pub(super) fn one_line(failure: &Failure) -> String {
    let place = |name: &str, place: &Option<String>| {
        let place = place.as_ref();
        place.map_or_else(String::new, |place| format!(" ({name} {place})"))
    };
    let driver = place("driver", &failure.location);
    let check = place("check", &failure.check);
    format!("{}: {}{driver}{check}", failure.rule, failure.message)
}
