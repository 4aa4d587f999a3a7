//! The plan: which tests run, in which variants, in which order.

use crate::suites::Test;
use crate::target::Variant;

/// A test in one of its variants.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The test.
    pub test: Test,
    /// The variant.
    pub variant: Variant,
    /// The id, which filters look at and users type.
    pub id: String,
}

/// Every test in every variant that it applies to, as far as the filters let it through: an id
/// that contains any of them, all where there are none. Variants of a test stand together.
#[must_use]
pub fn plan(tests: &[Test], variants: &[Variant], filters: &[String]) -> Vec<Planned> {
    let pairs = tests
        .iter()
        .flat_map(|test| variants.iter().map(move |variant| (*test, *variant)));
    pairs
        .filter(|(test, variant)| test.applies_to(*variant))
        .map(|(test, variant)| Planned {
            id: test.id(variant),
            test,
            variant,
        })
        .filter(|planned| {
            filters.is_empty() || filters.iter().any(|filter| planned.id.contains(filter))
        })
        .collect()
}

/// Of each test one variant: that of number `turn` of the first, the next one of the next, and so on around.
#[must_use]
pub fn one_variant_each(turn: usize, plan: &[Planned]) -> Vec<Planned> {
    let tests = plan
        .chunk_by(|one, next| (one.test.suite, one.test.name) == (next.test.suite, next.test.name));
    (turn..)
        .zip(tests)
        .map(|(turn, variants)| variants[turn % variants.len()].clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use nt_model::{InterruptResource, Strategy};

    use super::*;
    use crate::suites::all;

    fn ids(filters: &[&str]) -> Vec<String> {
        let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
        plan(&all(), &Variant::SIMULATED, &filters)
            .into_iter()
            .map(|planned| planned.id)
            .collect()
    }

    #[test]
    fn no_filter_lets_everything_through() {
        assert!(ids(&[]).len() > 200);
    }

    #[test]
    fn a_filter_is_any_part_of_an_id() {
        let one = ids(&["wait::pending_until_next_interrupt@msi/random"]);
        assert_eq!(one, ["wait::pending_until_next_interrupt@msi/random"]);
        assert_eq!(ids(&["wait::pending_until_next_interrupt"]).len(), 4);
        assert!(ids(&["@msi"]).iter().all(|id| id.contains("@msi/")));
        assert!(ids(&["no such test"]).is_empty());
    }

    #[test]
    fn one_variant_of_each_test_is_a_quarter_and_has_every_variant() {
        let all = plan(&all(), &Variant::SIMULATED, &[]);
        let thinned = one_variant_each(1, &all);
        let tests: Vec<_> = thinned
            .iter()
            .map(|planned| (planned.test.suite, planned.test.name))
            .collect();
        let mut every: Vec<_> = all
            .iter()
            .map(|planned| (planned.test.suite, planned.test.name))
            .collect();
        every.dedup();
        assert_eq!(tests, every);
        for variant in Variant::SIMULATED {
            assert!(thinned.iter().any(|planned| planned.variant == variant));
        }
    }

    #[test]
    fn filters_add_up() {
        let both = ids(&["query::", "wait::"]);
        assert_eq!(both.len(), ids(&["query::"]).len() + ids(&["wait::"]).len());
    }

    #[test]
    fn a_test_runs_only_where_it_has_a_meaning() {
        let line = ids(&["message_falls_back_to_the_line"]);
        assert!(!line.is_empty() && line.iter().all(|id| id.contains("@intx/")));
        let chance = ids(&["without_the_lock_the_same_judge_finds_violations"]);
        assert!(!chance.is_empty() && chance.iter().all(|id| id.ends_with("/random")));
        let real = [Variant::real(InterruptResource::Message)];
        assert!(
            plan(&all(), &real, &[])
                .iter()
                .any(|planned| planned.test.needs == crate::suites::Needs::Interleaving)
        );
        assert!(!line.contains(&format!(
            "x@{}",
            Variant::simulated(InterruptResource::Line, Strategy::RunUntilBlocked)
        )));
    }
}
