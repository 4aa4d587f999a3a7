//! Schedules that are drawn from a seed, and a schedule that is shrunk.

use std::collections::BTreeSet;

use ntsim::{
    Config, Points, Turn,
    explore::{Bounds, Explorer},
};

use crate::{query_and_interrupt, started};

fn drawn(seed: u64, points: Points) -> Vec<Vec<Turn>> {
    let scenario = query_and_interrupt();
    let mut machine = started(Config::default());
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("it is open");
    let bounds = Bounds {
        points,
        preemptions: 2,
    };
    let mut all = Vec::new();
    let found = explorer
        .draw(bounds, seed, 60, |found| {
            all.push(found.last.clone());
            true
        })
        .expect("it is modelled");
    assert!(!found.complete && found.violations.is_empty());
    assert_eq!(found.schedules, 60);
    all
}

#[test]
fn a_seed_draws_the_same_schedules_and_another_one_others() {
    for points in [Points::Access, Points::Instruction] {
        let (one, again, other) = (drawn(7, points), drawn(7, points), drawn(8, points));
        assert_eq!(one, again);
        assert_ne!(one, other);
        let different: BTreeSet<&Vec<Turn>> = one.iter().collect();
        assert!(different.len() > 30, "{}", different.len());
        assert!(one.iter().any(|turns| turns.len() > 1), "{one:?}");
    }
}

#[test]
fn a_drawn_schedule_runs_again_by_its_turns() {
    let scenario = query_and_interrupt();
    let mut machine = started(Config::default());
    let mut explorer = Explorer::new(&mut machine, &scenario).expect("it is open");
    for turns in drawn(3, Points::Access).iter().take(20) {
        let violation = explorer.judge(turns).expect("the turns are there");
        assert!(violation.is_none(), "{violation:?}");
    }
}
