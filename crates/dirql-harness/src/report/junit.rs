//! The report for CI servers: JUnit XML, a test suite for each suite.

use std::io::{self, Write};

use nt_model::Failure;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::again::Again;
use super::json::one_line;
use crate::run::{Outcome, Record, Run};

/// How a line of a failure's text begins that names a call of the driver's.
pub(super) const CALL: &str = "in ";

/// Writes the run as JUnit XML.
///
/// # Errors
///
/// What `out` fails with.
pub fn junit(out: &mut dyn Write, run: &Run, again: &Again) -> io::Result<()> {
    let mut report = Report::new("dirql");
    report.set_time(run.duration);
    for records in run
        .records
        .chunk_by(|one, next| one.planned.test.suite == next.planned.test.suite)
    {
        let mut suite = TestSuite::new(records[0].planned.test.suite);
        suite.set_time(records.iter().map(|record| record.duration).sum());
        suite.add_property(Property::new("target", run.target));
        suite.add_property(Property::new("seed", run.seed.to_string()));
        if let Some(version) = run.driver_version() {
            suite.add_property(Property::new("driver", version));
        }
        suite.add_test_cases(records.iter().map(|record| case(run, record, again)));
        report.add_test_suite(suite);
    }
    report.serialize(out).map_err(io::Error::other)
}

/// The text of a failure: the driver's calls, a line each, and the command that makes it happen again.
fn description(failure: &Failure, again: &str) -> String {
    let calls = failure.backtrace.iter();
    let calls: String = calls.flat_map(|call| [CALL, call, "\n"]).collect();
    calls + again
}

fn case(run: &Run, record: &Record, again: &Again) -> TestCase {
    let status = match &record.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed(failure) | Outcome::NoVerdict(failure) => {
            // What JUnit calls an error is no verdict either: the test did not come to one.
            let mut status = TestCaseStatus::non_success(if failure.is_verdict() {
                NonSuccessKind::Failure
            } else {
                NonSuccessKind::Error
            });
            status.set_type(failure.cause.name());
            status.set_message(one_line(failure));
            status.set_description(description(failure, &again.command(run, record)));
            status
        }
        Outcome::Skipped(reason) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason.clone());
            status
        }
    };
    let mut case = TestCase::new(record.planned.id.clone(), status);
    case.set_classname(record.planned.test.suite);
    case.set_time(record.duration);
    case
}
