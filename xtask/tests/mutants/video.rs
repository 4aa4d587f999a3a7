//! The mutants of the video miniport. The driver beside it is the good one: the suite `video` boots the miniport alone.

use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use crate::{
    build::{Built, MINIPORT, build, variable},
    drive::{Verdict, drive, judge, tests_of},
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

/// Drives a miniport beside the good driver.
fn drive_miniport(built: &Built, filters: &[&str], options: &[&str], seed: u64) -> Verdict {
    let environment = [
        ("DIRQL_VIDEO_IMAGE", built.sys.as_path()),
        ("DIRQL_VIDEO_PDB", built.pdb.as_path()),
    ];
    let (sys, pdb) = (variable("DIRQL_IMAGE"), variable("DIRQL_PDB"));
    drive(&environment, (&sys, &pdb), filters, options, seed)
}

#[test]
fn every_mutant_of_the_miniport_is_caught_and_the_miniport_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let mut survivors = Vec::new();
    for entry in TABLE {
        let caught = build(&copy, &toolchain, entry, &MINIPORT).and_then(|built| {
            judge(entry, |options, seed| {
                drive_miniport(&built, entry.tests, options, seed)
            })
        });
        match caught {
            Ok(caught) => println!("{}: {caught}", entry.name),
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
}
