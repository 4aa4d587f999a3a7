//! The adapters' tests under Miri, which sees undefined behaviour that a run does not.

use std::{env, process::Command};

use crate::{
    Error, Workspace,
    command::{capture, exists, run, step},
    mutant::{Contents, Mutant, SourceCopy},
};

/// Which tests' verdicts depend on who runs when: what they read is ordered by the count of routines inside alone.
const ORDERED_BY_THE_COUNT: &str = "sees_what_it_wrote";

/// Where these tests are: that of interrupts, and that of plug-ins.
const WITH_COUNTS: [&str; 2] = ["passive", "pshed"];

/// Many schedules.
const SCHEDULES: &str = "-Zmiri-many-seeds=0..8";

/// The mutants of these orderings, each relaxed. No simulated run of x64 code shows it.
pub const MUTANTS: [&str; 2] = ["left_relaxed", "awaited_relaxed"];

/// What Miri says of a mutant.
const RACE: &str = "Undefined Behavior: Data race detected";

/// Runs the tests of the crates `dirql` and `dirql-video` under both aliasing models, and those of its counts' orderings under many
/// schedules, which the mutants of these orderings do not pass; or says why not.
///
/// # Errors
/// A test fails, or a mutant is not caught; or, on a machine of GitHub's, Miri cannot be had.
pub fn test(workspace: &Workspace) -> Result<(), Error> {
    if let Err(why) = provide() {
        // As `.ci/run` has it: what cannot be made fails on a machine of GitHub's, which has the network.
        if env::var_os("GITHUB_ACTIONS").is_some() {
            return Err(why);
        }
        step("Miri: SKIPPED, the component cannot be had");
        eprintln!("  {why}");
        return Ok(());
    }
    for (how, flags) in [
        ("Stacked Borrows", ""),
        ("Tree Borrows", "-Zmiri-tree-borrows"),
    ] {
        step(&format!("Testing the adapters under Miri, {how}"));
        let mut tests = tests(workspace, flags);
        run(tests.args(["--package", "dirql-video", "--lib", "--tests"]))?;
    }
    for place in WITH_COUNTS {
        step(&format!(
            "Testing the adapter's orderings under Miri, 8 schedules: {place}"
        ));
        run(&mut orderings(workspace, place))?;
    }
    let copy = SourceCopy::lock(workspace)?;
    for name in MUTANTS {
        step(&format!("Miri is to catch the mutant {name}"));
        let mutant = Mutant::read(workspace, name)?;
        copy.fill(Contents::Mutant(&mutant))?;
        for place in WITH_COUNTS {
            caught(copy.workspace(), place, name)?;
        }
    }
    Ok(())
}

/// Looks whether Miri finds the race of the mutant that `copy` holds.
fn caught(copy: &Workspace, place: &str, mutant: &str) -> Result<(), Error> {
    let said = match capture(&mut orderings(copy, place)) {
        Ok(_) => "its tests passed".to_owned(),
        Err(error) => error.to_string(),
    };
    if said.contains(RACE) {
        return Ok(());
    }
    eprintln!("{said}");
    Err(Error::Failed {
        what: format!("Miri on the mutant {mutant} in tests/{place}"),
        outcome: "no data race was found".to_owned(),
    })
}

/// The tests of orderings of one place in `sources`, under many schedules.
fn orderings(sources: &Workspace, place: &str) -> Command {
    let mut command = tests(sources, SCHEDULES);
    command.args(["--test", place, ORDERED_BY_THE_COUNT]);
    command
}

/// Tests of the crate `dirql` in `sources` under Miri, with its flags.
///
/// What is compiled of a copy lies in the copy's own folder: cargo takes a crate at the same place of another workspace for
/// the same, and would go on to test a mutant.
fn tests(sources: &Workspace, flags: &str) -> Command {
    let mut command = miri();
    command
        .args(["test", "--locked", "--package", "dirql"])
        .current_dir(sources.root())
        .env("CARGO_TARGET_DIR", sources.target().join("miri"))
        .env("MIRIFLAGS", flags);
    command
}

/// Miri is a component of nightly toolchains only.
fn provide() -> Result<(), Error> {
    if present() {
        return Ok(());
    }
    if !exists("rustup") {
        return Err(Error::Missing {
            what: "rustup".to_owned(),
            how: "get it from https://rustup.rs".to_owned(),
        });
    }
    step("Installing Miri");
    capture(Command::new("rustup").args([
        "toolchain",
        "install",
        "nightly",
        "--profile",
        "minimal",
        "--component",
        "miri",
        "--component",
        "rust-src",
    ]))
    .map(drop)
}

fn present() -> bool {
    capture(miri().arg("--version")).is_ok()
}

/// `cargo miri` of the nightly toolchain, free of the variables by which the calling cargo names its own toolchain.
fn miri() -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "miri"])
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .env_remove("RUSTC")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    command
}
