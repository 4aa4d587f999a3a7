//! The adapter's tests under Miri, which sees undefined behaviour that a run does not.

use std::process::Command;

use crate::{
    Error, Workspace,
    command::{capture, exists, run, step},
};

/// Runs the tests of the crate `dirql` under both aliasing models, or says why not.
///
/// # Errors
/// A test fails.
pub fn test(workspace: &Workspace) -> Result<(), Error> {
    if let Err(why) = provide() {
        step("Miri: SKIPPED, the component cannot be had");
        eprintln!("  {why}");
        return Ok(());
    }
    for (model, flags) in [
        ("Stacked Borrows", ""),
        ("Tree Borrows", "-Zmiri-tree-borrows"),
    ] {
        step(&format!("Testing the adapter under Miri, {model}"));
        run(miri()
            .args(["test", "--locked", "--package", "dirql", "--lib", "--tests"])
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
        .env_remove("RUSTFLAGS");
    command
}
