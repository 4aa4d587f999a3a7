//! Checks: how a test says what it expected and what it got.
//!
//! A test returns [`Verdict`] and passes its checks with `?`. A failed check carries the place in
//! the suite where it stands, so that no check needs a name of its own.

use core::fmt::{Debug, Display};
use core::ops::RangeInclusive;
use std::panic::Location;

use nt_model::{Failure, Finding};

/// What a test comes to.
pub type Verdict = Result<(), Stop>;

/// Why a test ended before its last line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The driver did not do what was promised.
    Failed(Failure),
    /// Nothing can be concluded here, for this reason.
    Skipped(String),
}

impl Stop {
    /// The contract is broken; the check stands at `at`.
    #[must_use]
    pub fn contract(message: String, at: &Location<'_>) -> Self {
        Self::failed(Failure::new(Finding::Contract, message), at)
    }

    /// The session ended while the test stood at `at`.
    #[must_use]
    pub fn failed(failure: Failure, at: &Location<'_>) -> Self {
        Self::Failed(Failure {
            check: Some(place(at)),
            ..failure
        })
    }

    /// The failure of a check outside of a test: there is nothing to skip.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Skipped(why) => Failure::new(Finding::Suite, why),
        }
    }

    /// The same, with what the test was about in front of a failure's message.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        match self {
            Self::Failed(failure) => Self::Failed(Failure {
                message: format!("{what}: {}", failure.message),
                ..failure
            }),
            skipped @ Self::Skipped(_) => skipped,
        }
    }
}

fn place(at: &Location<'_>) -> Box<str> {
    format!("{}:{}", at.file().replace('\\', "/"), at.line()).into()
}

/// `got` is `wanted`.
///
/// # Errors
///
/// [`Stop::Failed`] where it is not.
#[expect(
    clippy::needless_pass_by_value,
    reason = "checks are read most often, and values read better than references"
)]
#[track_caller]
pub fn equal<T: PartialEq + Debug>(what: impl Display, got: T, wanted: T) -> Verdict {
    if got == wanted {
        return Ok(());
    }
    fail(format!("{what}: expected {wanted:?}, got {got:?}"))
}

/// `got` is inside `range`.
///
/// # Errors
///
/// [`Stop::Failed`] where it is not.
#[expect(
    clippy::needless_pass_by_value,
    reason = "checks are read most often, and values read better than references"
)]
#[track_caller]
pub fn within<T: PartialOrd + Debug>(
    what: impl Display,
    got: T,
    range: RangeInclusive<T>,
) -> Verdict {
    if range.contains(&got) {
        return Ok(());
    }
    let (low, high) = range.into_inner();
    fail(format!("{what}: expected {low:?} to {high:?}, got {got:?}"))
}

/// `condition` holds; `otherwise` says what is wrong where it does not.
///
/// # Errors
///
/// [`Stop::Failed`] where it does not hold.
#[track_caller]
pub fn that(condition: bool, otherwise: impl Display) -> Verdict {
    if condition {
        return Ok(());
    }
    fail(otherwise)
}

/// The test cannot go on, because of `message`.
///
/// # Errors
///
/// [`Stop::Failed`], always.
#[track_caller]
pub fn fail<T>(message: impl Display) -> Result<T, Stop> {
    Err(Stop::contract(message.to_string(), Location::caller()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(verdict: Verdict) -> Failure {
        match verdict {
            Err(Stop::Failed(failure)) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failed_check_names_its_place_and_both_values() {
        let line = line!() + 1;
        let failure = failure(equal("said", 1, 2));
        assert_eq!(failure.message, "said: expected 2, got 1");
        let check = failure.check.expect("a check has a place");
        assert!(check.ends_with(&format!("check.rs:{line}")), "{check}");
    }

    #[test]
    fn a_range_takes_its_two_ends() {
        assert_eq!(within("x", 3, 3..=5), Ok(()));
        assert_eq!(within("x", 5, 3..=5), Ok(()));
        assert_eq!(
            failure(within("x", 6, 3..=5)).message,
            "x: expected 3 to 5, got 6"
        );
    }

    #[test]
    fn a_condition_that_holds_says_nothing() {
        assert_eq!(that(true, "unused"), Ok(()));
        assert_eq!(failure(that(false, "broken")).message, "broken");
    }
}
