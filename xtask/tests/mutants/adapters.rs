//! The mutants of the adapters that the project's own driver does not use: driven in the guest `sentry` by the tests of
//! `dirql-tests`, or, where what is wrong shows in no image, by the tests of the crate.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::{
    Workspace,
    mutant::{Contents, Mutant, SourceCopy},
    toolchain::{self, Choice},
};

use crate::build::{Package, compile_copy};

const SENTRY: Package = Package {
    manifest: "tests/guests/sentry/Cargo.toml",
    name: "sentry",
    library: "sentry",
    inspect: |_| Vec::new(),
};

/// Where a mutant is driven.
enum By {
    /// In the image of the guest, by the tests `adapters` whose names have this in them.
    Image(&'static str),
    /// On the host, by a test of one of the crate's programs.
    Host(&'static str, &'static str),
}

/// A mutant.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// What is wrong, in a clause.
    defect: &'static str,
    by: By,
    /// What catches it: the rule, or what a test says.
    says: &'static str,
}

/// Every mutant of these adapters.
pub(crate) const TABLE: &[Entry] = &[
    Entry {
        name: "wdf_gate_missing",
        defect: "a closure passes no gate",
        by: By::Image("closures_are_turned_away_while_the_device_sleeps"),
        says: "rule bad-argument: WdfInterruptSynchronize was called for an interrupt that is not connected",
    },
    Entry {
        name: "wdf_gate_closed_late",
        defect: "the gate is closed when the interrupt is disconnected",
        by: By::Image("closures_are_turned_away_while_the_device_sleeps"),
        says: "rule bugcheck: ",
    },
    Entry {
        name: "wdf_served_behind_disable",
        defect: "what arrives behind EvtInterruptDisable is served, and queues a DPC",
        by: By::Image("closures_are_turned_away_while_the_device_sleeps"),
        says: "rule ",
    },
    Entry {
        name: "wdf_reported_open",
        defect: "the gate stays open where an interrupt is reported inactive",
        by: By::Host(
            "wdf",
            "an_inactive_interrupt_is_not_called_and_turns_closures_away",
        ),
        says: "reported inactive",
    },
    Entry {
        name: "shared_lock_own",
        defect: "an interrupt that shares a lock is connected with one of its own",
        by: By::Host("shared_lock", "exclude_one_another"),
        says: "something else is inside the lock",
    },
    Entry {
        name: "shared_level_own",
        defect: "a shared lock is held at the level of each interrupt",
        by: By::Host("shared_lock", "exclude_one_another"),
        says: "the highest of the levels",
    },
    Entry {
        name: "shared_lock_own",
        defect: "an interrupt that shares a lock is connected with one of its own",
        by: By::Image("several_messages_share_one_state"),
        says: "rule race: ",
    },
    Entry {
        name: "shared_level_own",
        defect: "a shared lock is held at the level of each interrupt",
        by: By::Image("several_messages_share_one_state"),
        says: "rule lock-recursion: ",
    },
    Entry {
        name: "dpc_left_behind",
        defect: "a disconnect waits for no DPC",
        by: By::Image("no_dpc_runs_on_when_the_interrupt_is_disconnected"),
        says: "rule ",
    },
    Entry {
        name: "thunk_runs_again",
        defect: "a closure runs again where NT calls its routine again",
        by: By::Image("a_closure_whose_routine_is_called_twice_runs_once"),
        says: "rule ",
    },
    Entry {
        name: "passive_number_kept",
        defect: "the number of a passive-level interrupt leads to its state for ever",
        by: By::Image("a_thread_that_nt_has_started_finds_no_handler_when_it_comes_late"),
        says: "rule ",
    },
    Entry {
        name: "wdf_tried_unlocked",
        defect: "a closure that does not wait takes no lock",
        by: By::Image("a_closure_that_tries_is_turned_away_by_one_that_is_inside"),
        says: "rule race: ",
    },
    Entry {
        name: "wdf_work_item_ungated",
        defect: "a work item queues itself behind EvtInterruptDisable",
        by: By::Host(
            "wdf",
            "a_work_item_ends_before_the_interrupt_is_disconnected_and_is_not_queued",
        ),
        says: "it is not queued again",
    },
    Entry {
        name: "wdf_wait_lock_own",
        defect: "an interrupt at passive level that shares a wait lock is made with one of its own",
        by: By::Host("wdf", "share_a_state_under_one_wait_lock"),
        says: "something else is inside the lock",
    },
    Entry {
        name: "wdf_wait_lock_unlooked",
        defect: "a handler is installed with the state of another wait lock",
        by: By::Host("wdf", "share_a_state_under_one_wait_lock"),
        says: "it was made with another lock",
    },
    Entry {
        name: "wdf_handler_dropped_early",
        defect: "a handler is taken out while its service routine is on its way",
        by: By::Host(
            "wdf",
            "a_handler_is_removed_when_its_last_callback_has_left_it",
        ),
        says: "a service routine is on its way",
    },
];

/// Runs tests of a package of `workspace`; whether they passed, and what they said.
fn test(
    workspace: &Workspace,
    target: &Path,
    arguments: &[&str],
    guests: Option<&Path>,
) -> (bool, String) {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--locked", "--profile", "host", "--target-dir"])
        .arg(target)
        .args(arguments)
        .current_dir(workspace.root())
        .env("RUST_BACKTRACE", "0");
    if let Some(guests) = guests {
        command.env("DIRQL_GUESTS", guests);
    }
    let output = command.output().expect("cargo can be started");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Builds what the copy holds into a folder of guests.
fn guests(copy: &SourceCopy, name: &str) -> PathBuf {
    let toolchain = toolchain::provide(Choice::default()).unwrap();
    let output =
        compile_copy(copy, &toolchain, &SENTRY).unwrap_or_else(|why| panic!("{name}: {why}"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("guests")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("sentry.sys"), output.image).unwrap();
    fs::write(folder.join("sentry.pdb"), output.pdb).unwrap();
    folder
}

/// What the tests that drive an entry say of what the copy holds.
fn drive(workspace: &Workspace, copy: &SourceCopy, entry: &Entry, name: &str) -> (bool, String) {
    match entry.by {
        By::Image(tests) => {
            let folder = guests(copy, name);
            let arguments = ["--package", "dirql-tests", "--test", "adapters", tests];
            test(workspace, workspace.target(), &arguments, Some(&folder))
        }
        By::Host(program, tests) => {
            let target = copy.workspace().target();
            let arguments = ["--package", "dirql", "--test", program, tests];
            test(copy.workspace(), target, &arguments, None)
        }
    }
}

#[test]
fn every_mutant_of_these_adapters_is_caught_and_the_adapters_are_not() {
    let workspace = Workspace::find().unwrap();
    let copy = SourceCopy::lock(&workspace).unwrap();
    let mut survivors = Vec::new();
    for entry in TABLE {
        let mutant = Mutant::read(&workspace, entry.name).unwrap();
        copy.fill(Contents::Mutant(&mutant)).unwrap();
        let (passed, said) = drive(&workspace, &copy, entry, entry.name);
        if passed || !said.contains(entry.says) {
            survivors.push(format!(
                "{} ({}) was not caught: {said}",
                entry.name, entry.defect
            ));
        } else {
            println!("{}: caught", entry.name);
        }
    }
    copy.fill(Contents::Original).unwrap();
    for entry in TABLE {
        let (passed, said) = drive(&workspace, &copy, entry, "original");
        assert!(passed, "without what is wrong in {}: {said}", entry.name);
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}
