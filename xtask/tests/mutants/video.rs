//! The mutants of the video miniport. The driver beside it is the good one: the suite `video` boots the miniport alone.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use xtask::{
    Workspace,
    compile::{Mutant, Source, compile},
    inspect::{AllowList, Scope, Violation, inspect_miniport},
    toolchain::{self, Choice, Toolchain},
};

use crate::{
    Built, Verdict, drive_in, judge_by,
    table::{Catch, Entry},
};

/// Every mutant of the miniport, and of the adapter below it.
const TABLE: &[Entry] = &[
    Entry {
        mutant: Mutant::Driver("video_wait_in_routine"),
        defect: "a closure waits for an event",
        tests: &["video::medium_priority_is_not_interleaved_at_any_instruction@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("miniport-call"),
    },
    Entry {
        mutant: Mutant::Below("video_pageable_routine"),
        defect: "the routine of a closure is pageable",
        tests: &["video::medium_priority_is_not_interleaved_at_any_instruction@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("bad-argument"),
    },
    Entry {
        mutant: Mutant::Below("video_low_priority"),
        defect: "the shared state is changed at low priority",
        tests: &["video::medium_priority_is_not_interleaved_at_any_instruction@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Invariant("interrupts served before"),
    },
    Entry {
        mutant: Mutant::Below("video_witness_ignored"),
        defect: "the shared state is reached without an interrupt",
        tests: &["video::without_an_interrupt_nothing_synchronizes@"],
        seeds: 1,
        caught_by: Catch::Invariant("the VP_STATUS of medium priority without an interrupt"),
    },
];

fn variable(name: &str) -> PathBuf {
    PathBuf::from(env::var_os(name).unwrap_or_else(|| {
        panic!(
            "{name} is not set: run this by `cargo xtask test`, or as `cargo xtask build` prints"
        )
    }))
}

/// Drives a miniport beside the good driver.
fn drive(built: &Built, filters: &[&str], seed: u64) -> Verdict {
    let environment = [
        ("DIRQL_VIDEO_IMAGE", built.sys.as_path()),
        ("DIRQL_VIDEO_PDB", built.pdb.as_path()),
    ];
    let (sys, pdb) = (variable("DIRQL_IMAGE"), variable("DIRQL_PDB"));
    drive_in(&environment, &sys, &pdb, filters, seed)
}

fn build(workspace: &Workspace, toolchain: &Toolchain, entry: &Entry) -> Built {
    let source = Source {
        manifest: &workspace.root().join("miniport/Cargo.toml"),
        package: "dirql-video",
        debug: false,
        bare: false,
        mutant: Some(entry.mutant),
    };
    let output = compile(workspace, toolchain, source)
        .unwrap_or_else(|error| panic!("{}: {error}", entry.name()));
    let violations = inspect_miniport(&output.image, &AllowList::of_the_miniport(), Scope::Release);
    assert!(
        violations
            .iter()
            .any(|violation| matches!(violation, Violation::Mutant(_))),
        "{}: the inspection does not refuse it as a mutant: {violations:?}",
        entry.name()
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).unwrap();
    let built = Built {
        sys: folder.join(entry.name()).with_extension("sys"),
        pdb: folder.join(entry.name()).with_extension("pdb"),
    };
    fs::write(&built.sys, output.image).unwrap();
    fs::write(&built.pdb, output.pdb).unwrap();
    built
}

#[test]
fn every_mutant_of_the_miniport_is_caught_and_the_miniport_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let mut survivors = Vec::new();
    for entry in TABLE {
        let built = build(&workspace, &toolchain, entry);
        match judge_by(entry, |seed| drive(&built, entry.tests, seed)) {
            Ok(caught) => println!("{}: {caught}", entry.name()),
            Err(survived) => survivors.push(survived),
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));

    let good = Built {
        sys: variable("DIRQL_VIDEO_IMAGE"),
        pdb: variable("DIRQL_VIDEO_PDB"),
    };
    let mut tests: Vec<&str> = TABLE
        .iter()
        .flat_map(|entry| entry.tests.iter().copied())
        .collect();
    tests.sort_unstable();
    tests.dedup();
    let verdict = drive(&good, &tests, 1);
    assert!(verdict.passed, "the miniport itself: {}", verdict.report);
}
