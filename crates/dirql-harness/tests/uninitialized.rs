//! Every suite twice, with other bytes in memory that nothing initialized the second time: nothing that comes out of the driver
//! or of the miniport depends on them.

#![cfg(feature = "sim")]

use std::collections::BTreeSet;
use std::thread;

use dirql_harness::cli::{PlaceArgs, TargetKind};
use dirql_harness::plan::{Planned, plan};
use dirql_harness::report::{Again, failures};
use dirql_harness::run::{Observer, Record, Run, run};
use dirql_harness::suites;
use dirql_harness::sweep::{Round, thinned};
use dirql_harness::target::{Asked, Variant, select};

/// Each suite is compared on so many seeds.
const SEEDS: [u64; 2] = [1, 2];

fn place() -> PlaceArgs {
    let variable = |name: &str| std::env::var_os(name).map(Into::into);
    let image = variable("DIRQL_IMAGE");
    assert!(
        image.is_some(),
        "DIRQL_IMAGE is not set: `cargo xtask build` builds the driver image and prints its path"
    );
    PlaceArgs {
        target: TargetKind::Sim,
        image,
        without: Vec::new(),
        policy: Vec::new(),
        pdb: variable("DIRQL_PDB"),
    }
}

struct Silent;

impl Observer for Silent {
    fn started(&mut self, _: &Planned) {}
    fn finished(&mut self, _: &Record) {}
}

/// Each test in one of its variants, in the other ones on other seeds.
fn compared(seed: u64) -> Run {
    let asked = Asked {
        uninitialized: true,
        ..Asked::default()
    };
    let target = select(&place(), asked).unwrap_or_else(|error| panic!("{error}"));
    let whole = plan(&suites::all(), &Variant::SIMULATED, &[]);
    let round = Round {
        chosen: Vec::new(),
        suites: &[],
    };
    let turn = usize::try_from(seed).expect("a seed of this test is small");
    run(&*target, &thinned(turn, &round, &whole), seed, &mut Silent)
}

#[test]
fn nothing_that_comes_out_of_the_driver_depends_on_what_uninitialized_memory_holds() {
    let names: BTreeSet<&str> = suites::all().iter().map(|test| test.suite).collect();
    let runs = thread::scope(|scope| {
        let runs = SEEDS.map(|seed| scope.spawn(move || compared(seed)));
        runs.map(|run| run.join().expect("a run does not panic"))
    });
    let again = Again::new("cargo xtask run --", Some("cargo xtask run --"), &place()).twice(true);
    let mut failed = Vec::new();
    for run in &runs {
        let records = run.records.iter();
        let met: BTreeSet<&str> = records.map(|record| record.planned.test.suite).collect();
        assert_eq!(met, names);
        let sum = run.summary();
        assert!(sum.passed > sum.skipped, "seed {}", run.seed);
        if sum.failed + sum.no_verdict > 0 {
            failures(&mut failed, run, &again).expect("a vector takes everything");
        }
    }
    assert!(failed.is_empty(), "{}", String::from_utf8_lossy(&failed));
}
