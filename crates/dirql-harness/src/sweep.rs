//! The sweep: the suites under every value of every policy.
//!
//! A policy is a choice where NT's documentation leaves one. A *round* is the plan under one choice of policies: first
//! each value that is not a default alone, then all policies away from their defaults at once. Last comes every
//! combination of those that meet in one routine, on the suites that come there. Under one round each test runs in one
//! of its variants, under the next in another: a policy is met by every test, and by every suite in every variant.
//!
//! The policies of error sources and of the video port meet no others, and the suites `pshed` and `video` go through
//! all of their combinations themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use nt_model::Choice;

use crate::cli::PlaceArgs;
use crate::plan::{Planned, one_variant_each, plan};
use crate::run::{Observer, Record, Run, run};
use crate::suites;
use crate::target::{SelectError, select_under};

/// One choice of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The policies that are not the default ones, each as `NAME=VALUE`.
    pub chosen: Vec<String>,
    /// The suites that are concerned; all of them where none is named.
    pub suites: &'static [&'static str],
}

/// Policies that meet, and the suites in which they do.
struct Group {
    policies: &'static [&'static str],
    suites: &'static [&'static str],
}

const GROUPS: [Group; 2] = [
    // What an interrupt meets that arrives while it is connected, disconnected, or inactive.
    Group {
        policies: &[
            "disconnect_waits",
            "inactive_messages_kept",
            "interrupt_in_connect",
        ],
        suites: &["reconnect", "soft_state", "power"],
    },
    // The kind that is not known, and the words in which that is said.
    Group {
        policies: &["unknown_kind", "unknown_kind_not_supported"],
        suites: &["query", "reconnect"],
    },
];

/// Every round, in the order in which they run.
#[must_use]
pub fn rounds() -> Vec<Round> {
    let mut rounds: Vec<Round> = Choice::ALL
        .iter()
        .flat_map(|choice| others(choice).map(|value| everywhere(vec![written(choice, value)])))
        .collect();
    // All at once; a choice of several values takes another one each time.
    let most = Choice::ALL.iter().map(|choice| others(choice).count());
    for turn in 0..most.max().unwrap_or(0) {
        let all = Choice::ALL.iter().filter_map(|choice| {
            let value = others(choice).cycle().nth(turn)?;
            Some(written(choice, value))
        });
        rounds.push(everywhere(all.collect()));
    }
    for group in GROUPS {
        let combined = combinations(group.policies);
        // Alone they have been met.
        let several = combined.into_iter().filter(|chosen| chosen.len() > 1);
        rounds.extend(several.map(|chosen| Round {
            chosen,
            suites: group.suites,
        }));
    }
    rounds
}

fn everywhere(chosen: Vec<String>) -> Round {
    Round {
        chosen,
        suites: &[],
    }
}

fn written(choice: &Choice, value: &str) -> String {
    format!("{}={value}", choice.name)
}

/// The values of a choice that are not the default.
fn others(choice: &Choice) -> impl Iterator<Item = &'static str> + Clone {
    let default = choice.default_value();
    let values = choice.values.iter().copied();
    values.filter(move |value| *value != default)
}

/// Every combination of the values of some policies, without those that are the default.
fn combinations(policies: &[&str]) -> Vec<Vec<String>> {
    let choices = Choice::ALL
        .iter()
        .filter(|choice| policies.contains(&choice.name));
    choices.fold(vec![Vec::new()], |combined, choice| {
        let mut more = combined.clone();
        for value in others(choice) {
            more.extend(combined.iter().map(|chosen| {
                let mut chosen = chosen.clone();
                chosen.push(written(choice, value));
                chosen
            }));
        }
        more
    })
}

/// What runs in the round of number `index`: of each test that is concerned, one variant.
#[must_use]
pub fn thinned(index: usize, round: &Round, plan: &[Planned]) -> Vec<Planned> {
    let concerned = plan
        .iter()
        .filter(|planned| round.suites.is_empty() || round.suites.contains(&planned.test.suite));
    let concerned: Vec<Planned> = concerned.cloned().collect();
    one_variant_each(index, &concerned)
}

/// Runs every round whose tests the filters let through, as many at a time as `threads`, and tells `finished` of each.
///
/// # Errors
///
/// [`SelectError`] where the simulator cannot be had.
pub fn sweep(
    place: &PlaceArgs,
    filters: &[String],
    seed: u64,
    threads: usize,
    mut finished: impl FnMut(&Round, Run),
) -> Result<(), SelectError> {
    let rounds = rounds();
    let chosen: Vec<_> = rounds.iter().map(|round| round.chosen.clone()).collect();
    let targets = select_under(place, &chosen)?;
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(round), Some(target)) = (rounds.get(index), targets.get(index))
                    else {
                        break;
                    };
                    let all = plan(&suites::all(), &target.facts().variants, filters);
                    let plan = thinned(index, round, &all);
                    // Once the user has ended the sweep, the rounds that have begun are told, and no other begins.
                    if plan.is_empty() || target.interrupted() {
                        continue;
                    }
                    let run = run(target.as_ref(), &plan, seed, &mut Silent);
                    // Where nothing listens any more, nothing wants the rest.
                    if sender.send((index, run)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (index, run) in receiver {
            finished(&rounds[index], run);
        }
    });
    Ok(())
}

/// Nothing watches single tests.
struct Silent;

impl Observer for Silent {
    fn started(&mut self, _: &Planned) {}

    fn finished(&mut self, _: &Record) {}
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::target::Variant;

    #[test]
    fn every_value_of_every_policy_is_met_alone_by_every_test() {
        let rounds = rounds();
        let all = plan(&suites::all(), &Variant::SIMULATED, &[]);
        for choice in Choice::ALL {
            for value in others(choice) {
                let alone = [written(choice, value)];
                let index = rounds.iter().position(|round| round.chosen == alone);
                let index = index.expect("a round of its own");
                let met = thinned(index, &rounds[index], &all);
                assert_eq!(met.len(), suites::all().len());
            }
        }
    }

    #[test]
    fn policies_that_meet_are_combined() {
        let rounds = rounds();
        let together = |wanted: &[&str]| {
            rounds.iter().any(|round| {
                round.chosen.len() == wanted.len()
                    && wanted
                        .iter()
                        .all(|wanted| round.chosen.iter().any(|chosen| chosen == wanted))
            })
        };
        assert!(together(&[
            "disconnect_waits=yes",
            "interrupt_in_connect=no"
        ]));
        for kind in ["specified", "line", "message", "group"] {
            let kind = format!("unknown_kind={kind}");
            assert!(
                together(&[&kind, "unknown_kind_not_supported=yes"]),
                "{kind}"
            );
        }
        // A misspelt name would combine nothing.
        for group in GROUPS {
            for name in group.policies {
                assert!(Choice::ALL.iter().any(|choice| choice.name == *name));
            }
        }
    }

    #[test]
    fn variants_take_turns() {
        let all = plan(&suites::all(), &Variant::SIMULATED, &["query::".to_owned()]);
        let round = everywhere(Vec::new());
        let ids = (0..4).flat_map(|index| thinned(index, &round, &all));
        let ids: BTreeSet<String> = ids.map(|planned| planned.id).collect();
        assert_eq!(ids.len(), all.len());
    }
}
