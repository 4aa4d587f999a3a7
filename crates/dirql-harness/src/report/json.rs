//! The report for programs: one JSON object.

use std::io::{self, Write};

use nt_model::Failure;
use serde::Serialize;

use crate::run::{Outcome, Run, Summary};

/// The version of the object's form. It changes where a field goes, or means something else, or an outcome is added; a
/// field that is added leaves it as it is, and a reader passes over what it does not know.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Report<'r> {
    schema: u32,
    target: &'r str,
    driver: Option<String>,
    seed: u64,
    interrupted: bool,
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
    backtrace: &'r [String],
}

/// Writes the run as one JSON object on one line.
///
/// `outcome` is `passed`, `failed`, `skipped`, or `no-verdict` at a limit of the simulator; `interrupted` says that the user
/// ended the run. `schema` is [`SCHEMA`], `driver` the driver's version and null where it answered no query; `token` is null where
/// nothing makes the schedule happen again, `message` where the test passed; `backtrace` holds the driver's calls that
/// led to a failure, innermost first, and is empty where none is known.
///
/// # Errors
///
/// What `out` fails with.
pub fn json(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let tests = run.records.iter().map(|record| {
        let (outcome, message, backtrace) = match &record.outcome {
            Outcome::Passed => ("passed", None, &[][..]),
            Outcome::Failed(failure) => (
                "failed",
                Some(one_line(failure)),
                failure.backtrace.as_slice(),
            ),
            Outcome::NoVerdict(failure) => (
                "no-verdict",
                Some(one_line(failure)),
                failure.backtrace.as_slice(),
            ),
            Outcome::Skipped(reason) => ("skipped", Some(reason.clone()), &[][..]),
        };
        Test {
            name: &record.planned.id,
            outcome,
            duration_us: u64::try_from(record.duration.as_micros()).unwrap_or(u64::MAX),
            token: record.token.as_deref(),
            message,
            backtrace,
        }
    });
    let report = Report {
        schema: SCHEMA,
        target: run.target,
        driver: run.driver_version(),
        seed: run.seed,
        interrupted: run.interrupted,
        tests: tests.collect(),
        summary: run.summary(),
    };
    serde_json::to_writer(&mut *out, &report)?;
    writeln!(out)
}

/// Everything that is known of a failure, in one string.
pub(super) fn one_line(failure: &Failure) -> String {
    let place = |name: &str, place: Option<&str>| {
        place.map_or_else(String::new, |place| format!(" ({name} {place})"))
    };
    let driver = place("driver", failure.place().as_deref());
    let check = place("check", failure.check.as_deref());
    format!("{}: {}{driver}{check}", failure.cause, failure.message)
}
