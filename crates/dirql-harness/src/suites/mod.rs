//! The suites: one module for each area of the contract, one function for each phenomenon.
//!
//! A test is the same on every target. Where it needs something of the variant, a line or a
//! message, an order of threads that is left to chance, it says so beside its name.

mod causes;
pub mod errors;
mod faults;
mod handles;
mod histogram;
mod pnp;
mod power;
mod pshed;
mod query;
mod raise;
mod reconnect;
mod refusals;
mod sequence;
mod soft_state;
mod statistics;
mod stress;
mod synchronize;
mod transition;
#[cfg(feature = "sim")]
mod video;
mod wait;

use nt_model::{InterruptResource, Strategy};

use crate::check::Verdict;
use crate::fixture::Fixture;
use crate::target::Variant;

/// One test.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// The suite that it belongs to.
    pub suite: &'static str,
    /// The phenomenon that it shows.
    pub name: &'static str,
    /// What it needs of a variant.
    pub needs: Needs,
    /// The test itself.
    pub body: fn(&mut Fixture<'_>) -> Verdict,
}

/// What a test needs of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it runs in every variant.
    Nothing,
    /// The device's resource is a line.
    Line,
    /// The device's resource is a message.
    Message,
    /// Threads and interrupts interleave as chance has it.
    Interleaving,
    /// The system and the device are simulated.
    Simulator,
}

impl Test {
    /// Whether the test has a meaning in `variant`.
    #[must_use]
    pub fn applies_to(&self, variant: Variant) -> bool {
        match self.needs {
            Needs::Nothing => true,
            Needs::Line => variant.resource == InterruptResource::Line,
            Needs::Message => variant.resource == InterruptResource::Message,
            Needs::Interleaving => variant.schedule != Some(Strategy::RunUntilBlocked),
            Needs::Simulator => variant.schedule.is_some(),
        }
    }

    /// The id of the test in `variant`: `suite::name@variant`.
    #[must_use]
    pub fn id(&self, variant: Variant) -> String {
        format!("{}::{}@{variant}", self.suite, self.name)
    }
}

/// Declares a suite's tests from the names of their functions.
macro_rules! suite {
    ($suite:literal: $($name:ident $(needs $needs:ident)?),+ $(,)?) => {
        /// The tests of this suite.
        pub(super) const TESTS: &[$crate::suites::Test] = &[$($crate::suites::Test {
            suite: $suite,
            name: stringify!($name),
            needs: suite!(@needs $($needs)?),
            body: $name,
        }),+];
    };
    (@needs) => { $crate::suites::Needs::Nothing };
    (@needs $needs:ident) => { $crate::suites::Needs::$needs };
}
use suite;

/// Every test, in the order in which they run: what others rest on comes first.
#[must_use]
pub fn all() -> Vec<Test> {
    [
        query::TESTS,
        synchronize::TESTS,
        raise::TESTS,
        wait::TESTS,
        sequence::TESTS,
        statistics::TESTS,
        soft_state::TESTS,
        reconnect::TESTS,
        handles::TESTS,
        stress::TESTS,
        errors::TESTS,
        refusals::TESTS,
        causes::TESTS,
        faults::TESTS,
        power::TESTS,
        pnp::TESTS,
        #[cfg(feature = "sim")]
        video::TESTS,
        pshed::TESTS,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_tests_have_the_same_id() {
        let tests = all();
        let ids: BTreeSet<String> = tests
            .iter()
            .flat_map(|test| Variant::SIMULATED.map(|variant| test.id(variant)))
            .collect();
        assert_eq!(ids.len(), tests.len() * Variant::SIMULATED.len());
    }

    #[test]
    fn every_test_applies_to_some_variant() {
        for test in all() {
            let variants = Variant::SIMULATED.into_iter();
            assert_ne!(
                variants.filter(|variant| test.applies_to(*variant)).count(),
                0,
                "{}",
                test.name
            );
        }
    }
}
