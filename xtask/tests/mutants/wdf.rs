//! The mutants of the driver whose interrupt is the framework's, in what is its own.

use xtask::{
    Workspace,
    mutant::SourceCopy,
    toolchain::{self, Choice},
};

use crate::{
    build::{Built, DRIVER_WDF, build, variable},
    drive::{judge, tests_of},
    drive_driver,
    table::{Catch, Entry},
};

/// Every mutant of that image.
pub(crate) const TABLE: &[Entry] = &[
    Entry {
        name: "wdf_line_unserved",
        defect: "the line is not served while the interrupt is connected and not enabled",
        tests: &["causes::cause_at_any_moment_of_a_reconnect@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("storm"),
    },
    Entry {
        name: "wdf_reach_left_open",
        defect: "a service routine that comes late reads registers of a device that sleeps",
        tests: &["causes::service_routine_at_the_device_keeps_it_in_d0@intx"],
        seeds: 1,
        caught_by: Catch::Rule("bad-mmio"),
    },
];

#[test]
fn every_mutant_of_the_framework_s_interrupt_is_caught_and_the_driver_is_not() {
    let workspace = Workspace::find().unwrap();
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let mut survivors = Vec::new();
    for entry in TABLE {
        let caught = build(&copy, &toolchain, (entry.name, None), &DRIVER_WDF).and_then(|built| {
            judge(entry, |options, seed| {
                drive_driver(&built, entry.tests, options, seed)
            })
        });
        match caught {
            Ok(caught) => println!("{}: {caught}", entry.name),
            Err(survived) => survivors.push(survived),
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));

    let good = Built {
        sys: variable("DIRQL_WDF_IMAGE"),
        pdb: variable("DIRQL_WDF_PDB"),
    };
    let verdict = drive_driver(&good, &tests_of(TABLE.iter()), &[], 1);
    assert!(verdict.passed, "the driver itself: {}", verdict.report);
}
