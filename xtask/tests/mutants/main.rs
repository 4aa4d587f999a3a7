//! Mutants of the driver, each wrong in one way: every one is caught, and the driver itself is not.
//!
//! A mutant is compiled from a copy of the sources, inspected (which refuses it for its mark), and driven by the harness,
//! seed after seed. The table says which tests drive it, how many seeds it may survive, and by what it is caught. The
//! driver passes the same tests on the same seeds.
//!
//! `DIRQL_MUTANTS=name,name` tests some of them.

mod adapters;
mod build;
mod drive;
mod mark;
mod sources;
mod table;
mod video;
mod wdf;

use std::{env, sync::Arc, time::Instant};

use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use build::{Built, DRIVER, build, variable};
use drive::{COMPARED, Verdict, drive, explore, judge, tests_of};
use table::{EXPLORED, Entry, TABLE};

/// Drives an image of the driver.
fn drive_driver(built: &Built, words: &[&str], options: &[&str], seed: u64) -> Verdict {
    drive(&[], (&built.sys, &built.pdb), words, options, seed)
}

/// The entries that this run is about.
fn entries() -> Vec<&'static Entry> {
    let wanted = env::var("DIRQL_MUTANTS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').filter(|name| !name.is_empty()).collect();
    let entries: Vec<_> = TABLE
        .iter()
        .filter(|entry| wanted.is_empty() || wanted.contains(&entry.name))
        .collect();
    assert!(!entries.is_empty(), "no mutant is called {wanted:?}");
    entries
}

#[test]
fn every_mutant_is_caught_and_the_driver_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let entries = entries();
    let began = Instant::now();

    let survivors: Vec<String> = std::thread::scope(|scope| {
        // One is driven while the next is built.
        let mut judges = Vec::new();
        let mut survivors = Vec::new();
        let mut newest: Option<(&str, Arc<Built>)> = None;
        for entry in &entries {
            // A mutant may stand in several entries, one after the other.
            let is_new = newest.as_ref().is_none_or(|(name, _)| *name != entry.name);
            let built = match newest.take() {
                Some((name, built)) if name == entry.name => built,
                _ => match build(&copy, &toolchain, entry, &DRIVER) {
                    Ok(built) => Arc::new(built),
                    Err(why) => {
                        survivors.push(why);
                        continue;
                    }
                },
            };
            newest = Some((entry.name, Arc::clone(&built)));
            let judge = scope.spawn(move || {
                let caught = judge(entry, |options, seed| {
                    drive_driver(&built, entry.tests, options, seed)
                })?;
                let of_it = EXPLORED.iter().filter(|it| is_new && it.name == entry.name);
                let more: Result<Vec<String>, String> = of_it
                    .map(|explored| explore((&built.sys, &built.pdb), explored))
                    .collect();
                Ok([vec![caught], more?].concat().join("; "))
            });
            judges.push((entry, judge));
        }
        for (entry, judge) in judges {
            match judge.join().expect("a judge does not panic") {
                Ok(caught) => println!("{}: {caught}", entry.name),
                Err(survived) => survivors.push(survived),
            }
        }
        survivors
    });
    println!(
        "{} entries in {:.0} s",
        entries.len(),
        began.elapsed().as_secs_f32()
    );
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
    for explored in EXPLORED {
        let known = TABLE.iter().any(|entry| entry.name == explored.name);
        assert!(known, "{} is no mutant", explored.name);
    }

    let driver = Built {
        sys: variable("DIRQL_IMAGE"),
        pdb: variable("DIRQL_PDB"),
    };
    let most = entries.iter().map(|entry| entry.seeds).max().unwrap_or(0);
    for seed in 1..=most {
        for options in [&[][..], COMPARED] {
            let is_compared = |entry: &Entry| entry.caught_by.options() == COMPARED;
            let reached = entries.iter().copied().filter(|entry| seed <= entry.seeds);
            let reached = reached.filter(|entry| is_compared(entry) == (options == COMPARED));
            let tests = tests_of(reached);
            if !tests.is_empty() {
                let verdict = drive_driver(&driver, &tests, options, seed);
                assert!(verdict.passed, "the driver itself: {}", verdict.report);
            }
        }
    }
    println!(
        "with the driver itself: {:.0} s",
        began.elapsed().as_secs_f32()
    );
}
