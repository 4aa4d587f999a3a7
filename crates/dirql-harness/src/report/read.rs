//! A JUnit report read back: what ran elsewhere, as the records that it was written from.

use std::time::Duration;

use nt_model::failure::UnknownCause;
use nt_model::{Cause, Failure, InterruptResource};
use quick_junit::{Report, TestCaseStatus};

use super::junit::CALL;
use crate::plan::{Planned, plan};
use crate::run::{Outcome, Record, Run};
use crate::suites;
use crate::target::Variant;

/// The run that `xml` tells of. What only that run knew, the driver's version and the table of IOCTLs, is not in it.
///
/// # Errors
///
/// It is no JUnit, or names a test or a rule that this dirql does not have.
pub fn read(xml: &str) -> Result<Run, String> {
    let report = Report::deserialize_from_str(xml).map_err(|error| error.to_string())?;
    let real = [InterruptResource::Line, InterruptResource::Message].map(Variant::real);
    let variants: Vec<Variant> = Variant::SIMULATED.into_iter().chain(real).collect();
    let known = plan(&suites::all(), &variants, &[]);
    let mut run = Run::empty("device", 0);
    run.duration = report.time.unwrap_or(Duration::ZERO);
    for suite in report.test_suites {
        for case in suite.test_cases {
            let id = case.name.as_str();
            let planned = known
                .iter()
                .find(|planned| planned.id == id)
                .ok_or_else(|| {
                    format!("there is no test {id}: take the dirql of the package that ran it")
                })?;
            run.records.push(Record {
                planned: Planned::clone(planned),
                outcome: outcome(case.status)?,
                duration: case.time.unwrap_or(Duration::ZERO),
                token: None,
            });
        }
    }
    Ok(run)
}

fn outcome(status: TestCaseStatus) -> Result<Outcome, String> {
    let text = |text: Option<quick_junit::XmlString>| {
        text.map_or_else(String::new, |text| text.as_str().to_owned())
    };
    Ok(match status {
        TestCaseStatus::Success { .. } => Outcome::Passed,
        TestCaseStatus::Skipped { message, .. } => Outcome::Skipped(text(message)),
        TestCaseStatus::NonSuccess {
            message,
            ty,
            description,
            ..
        } => {
            let cause: Cause = text(ty).parse().map_err(|unknown: UnknownCause| {
                format!("{unknown}: take the dirql of the package that ran it")
            })?;
            let failure = Failure {
                backtrace: text(description)
                    .lines()
                    .filter_map(|line| line.strip_prefix(CALL))
                    .map(str::to_owned)
                    .collect(),
                ..Failure::new(cause, text(message))
            };
            if failure.is_verdict() {
                Outcome::Failed(failure)
            } else {
                Outcome::NoVerdict(failure)
            }
        }
    })
}
