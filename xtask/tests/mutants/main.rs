//! Mutants of the driver, each wrong in one way: every one is caught, and the driver itself is not.
//!
//! A mutant is compiled from a copy of the sources, inspected (which refuses it for its mark), and driven by the harness,
//! seed after seed. The table says which tests drive it, how many seeds it may survive, and by what it is caught. The
//! driver passes the same tests on the same seeds. Where what is wrong is an order, schedules are explored besides, or instead.
//!
//! `DIRQL_MUTANTS=name,name` tests some of them.

mod adapters;
mod agree;
mod build;
mod drive;
mod faults;
mod mark;
mod orders;
mod sources;
mod table;
mod video;
mod wdf;

use std::{env, time::Instant};

use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use agree::agree;
use build::{Built, DRIVER, build, variable};
use drive::{COMPARED, Verdict, drive, explore, explore_twin, judge, tests_of};
use orders::{EXPLORED, Explored};
use table::{Catch, Entry, TABLE};

/// Drives an image of the driver.
fn drive_driver(built: &Built, words: &[&str], options: &[&str], seed: u64) -> Verdict {
    drive(&[], (&built.sys, &built.pdb), words, options, seed)
}

/// A mutant with all that this run does with it.
struct Case {
    name: &'static str,
    driven: Vec<&'static Entry>,
    explored: Vec<&'static Explored>,
}

impl Case {
    /// The rule by which the inspection refuses it.
    fn refused(&self) -> Option<&'static str> {
        self.driven.iter().find_map(|entry| match entry.caught_by {
            Catch::Inspection(rule) => Some(rule),
            Catch::Rule(_) | Catch::Invariant(_) => None,
        })
    }

    /// What has caught it, or what it survives.
    fn judge(&self, built: &Built) -> Result<String, String> {
        let driven = self.driven.iter().map(|entry| {
            judge(entry, |options, seed| {
                drive_driver(built, entry.tests, options, seed)
            })
        });
        let image = (built.sys.as_path(), built.pdb.as_path());
        let explored = self.explored.iter().map(|it| explore(&[], image, it));
        let compared = agree(image, self.name);
        let caught: Result<Vec<String>, String> = driven.chain(explored).chain(compared).collect();
        caught.map(|caught| caught.join("; "))
    }
}

/// The mutants that this run is about.
fn cases() -> Vec<Case> {
    let wanted = env::var("DIRQL_MUTANTS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').filter(|name| !name.is_empty()).collect();
    let mut names: Vec<&'static str> = Vec::new();
    let all = TABLE.iter().map(|entry| entry.name);
    for name in all.chain(EXPLORED.iter().map(|explored| explored.name)) {
        if !names.contains(&name) && (wanted.is_empty() || wanted.contains(&name)) {
            names.push(name);
        }
    }
    assert!(!names.is_empty(), "no mutant is called {wanted:?}");
    let case = |name| Case {
        name,
        driven: TABLE.iter().filter(|entry| entry.name == name).collect(),
        explored: EXPLORED.iter().filter(|it| it.name == name).collect(),
    };
    names.into_iter().map(case).collect()
}

#[test]
fn every_mutant_is_caught_and_the_driver_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let cases = cases();
    let began = Instant::now();

    let survivors: Vec<String> = std::thread::scope(|scope| {
        // One is driven while the next is built.
        let mut judges = Vec::new();
        let mut survivors = Vec::new();
        for case in &cases {
            match build(&copy, &toolchain, (case.name, case.refused()), &DRIVER) {
                Ok(built) => judges.push((case.name, scope.spawn(move || case.judge(&built)))),
                Err(why) => survivors.push(why),
            }
        }
        for (name, judge) in judges {
            match judge.join().expect("a judge does not panic") {
                Ok(caught) => println!("{name}: {caught}"),
                Err(survived) => survivors.push(survived),
            }
        }
        survivors
    });
    println!(
        "{} mutants in {:.0} s",
        cases.len(),
        began.elapsed().as_secs_f32()
    );
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));

    let driver = Built {
        sys: variable("DIRQL_IMAGE"),
        pdb: variable("DIRQL_PDB"),
    };
    let entries: Vec<&Entry> = cases.iter().flat_map(|case| case.driven.clone()).collect();
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
    let image = (driver.sys.as_path(), driver.pdb.as_path());
    let mut passed = Vec::new();
    for explored in cases.iter().flat_map(|case| &case.explored) {
        let twin = (explored.scenario, explored.interrupt, explored.preemptions);
        if !passed.contains(&twin) {
            explore_twin(&[], image, explored);
            passed.push(twin);
        }
    }
    println!(
        "with the driver itself: {:.0} s",
        began.elapsed().as_secs_f32()
    );
}
