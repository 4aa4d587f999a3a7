//! The mutants of the video miniport. The driver beside it is the good one: the suite `video` boots the miniport alone.

use std::path::Path;

use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use crate::{
    build::{Built, MINIPORT, build, variable},
    drive::{Verdict, drive, explore, explore_twin, judge, tests_of},
    orders::OF_THE_MINIPORT,
    table::{Catch, Entry},
};

/// Every mutant of the miniport, and of the adapter below it.
pub(crate) const TABLE: &[Entry] = &[
    Entry {
        name: "video_wait_in_routine",
        defect: "a closure waits for an event",
        tests: &["video::medium_priority_is_not_interleaved_at_any_instruction@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("miniport-call"),
    },
    Entry {
        name: "video_pageable_routine",
        defect: "the routine of a closure is pageable",
        tests: &["video::medium_priority_is_not_interleaved_at_any_instruction@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("bad-argument"),
    },
    Entry {
        name: "video_low_priority",
        defect: "the shared state is changed at low priority",
        tests: &["video::medium_priority_is_not_interleaved_at_any_instruction@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Invariant("interrupts served before"),
    },
    Entry {
        name: "video_witness_ignored",
        defect: "the shared state is reached without an interrupt",
        tests: &["video::without_an_interrupt_nothing_synchronizes@"],
        seeds: 1,
        caught_by: Catch::Invariant("the VP_STATUS of medium priority without an interrupt"),
    },
    Entry {
        name: "video_output_unwritten",
        defect: "a request is completed before its output is written",
        tests: &["video::more_room_than_the_reply_has_stays_as_it_was@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("output-unwritten"),
    },
    Entry {
        name: "video_whole_buffer",
        defect: "a request is completed with the whole buffer as its Information",
        tests: &["video::more_room_than_the_reply_has_stays_as_it_was@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("output-unwritten"),
    },
];

/// What is in the environment of a harness that drives a miniport.
fn environment(built: &Built) -> [(&'static str, &Path); 2] {
    [
        ("DIRQL_VIDEO_IMAGE", built.sys.as_path()),
        ("DIRQL_VIDEO_PDB", built.pdb.as_path()),
    ]
}

/// Drives a miniport beside the good driver.
fn drive_miniport(built: &Built, filters: &[&str], options: &[&str], seed: u64) -> Verdict {
    let (sys, pdb) = (variable("DIRQL_IMAGE"), variable("DIRQL_PDB"));
    drive(&environment(built), (&sys, &pdb), filters, options, seed)
}

/// What the suites and the exploration say of a miniport with this name.
fn judge_miniport(built: &Built, name: &str) -> Result<String, String> {
    let (sys, pdb) = (variable("DIRQL_IMAGE"), variable("DIRQL_PDB"));
    let driven = TABLE
        .iter()
        .filter(|entry| entry.name == name)
        .map(|entry| {
            judge(entry, |options, seed| {
                drive_miniport(built, entry.tests, options, seed)
            })
        });
    let explored = OF_THE_MINIPORT.iter().filter(|it| it.name == name);
    let explored = explored.map(|it| explore(&environment(built), (&sys, &pdb), it));
    let caught: Result<Vec<String>, String> = driven.chain(explored).collect();
    caught.map(|caught| caught.join("; "))
}

#[test]
fn every_mutant_of_the_miniport_is_caught_and_the_miniport_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let mut survivors = Vec::new();
    let mut names: Vec<_> = TABLE.iter().map(|entry| entry.name).collect();
    names.extend(OF_THE_MINIPORT.iter().map(|explored| explored.name));
    names.sort_unstable();
    names.dedup();
    for name in names {
        let built = build(&copy, &toolchain, (name, None), &MINIPORT);
        match built.and_then(|built| judge_miniport(&built, name)) {
            Ok(caught) => println!("{name}: {caught}"),
            Err(survived) => survivors.push(survived),
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));

    let good = Built {
        sys: variable("DIRQL_VIDEO_IMAGE"),
        pdb: variable("DIRQL_VIDEO_PDB"),
    };
    let verdict = drive_miniport(&good, &tests_of(TABLE.iter()), &[], 1);
    assert!(verdict.passed, "the miniport itself: {}", verdict.report);
    let (sys, pdb) = (variable("DIRQL_IMAGE"), variable("DIRQL_PDB"));
    for explored in OF_THE_MINIPORT {
        explore_twin(&environment(&good), (&sys, &pdb), explored);
    }
}
