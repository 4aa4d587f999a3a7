//! The adapter's tests under Miri, which sees undefined behaviour that a run does not.

use std::process::Command;

use crate::{
    Error, Workspace,
    command::{capture, exists, run, step},
};

/// A test whose verdict depends on who runs when: what it reads is ordered by the count of routines inside alone.
const ORDERED_BY_THE_COUNT: &str = "sees_what_it_wrote";

/// Runs the tests of the crate `dirql` under both aliasing models, and one test of orderings under many schedules,
/// or says why not.
///
/// # Errors
/// A test fails.
pub fn test(workspace: &Workspace) -> Result<(), Error> {
    if let Err(why) = provide() {
        step("Miri: SKIPPED, the component cannot be had");
        eprintln!("  {why}");
        return Ok(());
    }
    let tests = ["--lib", "--tests"];
    let one = ["--test", "passive", ORDERED_BY_THE_COUNT];
    for (how, flags, tests) in [
        ("Stacked Borrows", "", &tests[..]),
        ("Tree Borrows", "-Zmiri-tree-borrows", &tests[..]),
        ("8 schedules", "-Zmiri-many-seeds=0..8", &one[..]),
    ] {
        step(&format!("Testing the adapter under Miri, {how}"));
        run(miri()
            .args(["test", "--locked", "--package", "dirql"])
            .args(tests)
            .current_dir(workspace.root())
            .env("CARGO_TARGET_DIR", workspace.target().join("miri"))
            .env("MIRIFLAGS", flags))?;
    }
    Ok(())
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
