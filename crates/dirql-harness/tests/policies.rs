//! The suites under every value of every policy: what NT's documentation leaves open, neither the driver nor the harness
//! rests on.

#![cfg(feature = "sim")]

use std::collections::BTreeSet;
use std::thread::available_parallelism;

use dirql_harness::cli::{PlaceArgs, TargetKind};
use dirql_harness::report::{Again, failures};
use dirql_harness::suites;
use dirql_harness::sweep::{rounds, sweep};

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

#[test]
fn every_suite_passes_under_every_value_of_every_policy() {
    let place = place();
    let again = Again::new("cargo xtask run --", Some("cargo xtask run --"), &place);
    let names: BTreeSet<&str> = suites::all().iter().map(|test| test.suite).collect();
    let threads = available_parallelism().map_or(1, usize::from);
    let (mut seen, mut failed) = (0, Vec::new());
    let swept = sweep(&place, &[], 1, threads, |round, run| {
        seen += 1;
        let met: BTreeSet<&str> = run
            .records
            .iter()
            .map(|record| record.planned.test.suite)
            .collect();
        if round.suites.is_empty() {
            assert_eq!(met, names, "{:?}", round.chosen);
        }
        let sum = run.summary();
        assert!(sum.passed > sum.skipped, "{:?}", round.chosen);
        if sum.failed + sum.no_verdict > 0 {
            failed.extend_from_slice(format!("\nunder {}:", round.chosen.join(" ")).as_bytes());
            failures(&mut failed, &run, &again).expect("a vector takes everything");
        }
    });
    swept.expect("the simulator can be had");
    assert_eq!(seen, rounds().len());
    assert!(failed.is_empty(), "{}", String::from_utf8_lossy(&failed));
}
