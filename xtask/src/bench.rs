//! `cargo xtask bench`: what a synchronized call and a request cost, as `tests/benches/cost.rs` counts them.

use std::process::ExitCode;

use crate::{
    Error, Workspace,
    command::{cargo, run, step},
    driver::{self, Options},
    guests,
    run::split,
    setup::setup,
};

/// `bench [--toolchain CHOICE]`: prints Markdown tables on standard output.
///
/// # Errors
/// As [`setup`] and [`driver::build`]; the bench fails.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let (choice, rest) = split(arguments)?;
    let toolchain = setup(choice)?;
    let image = driver::build(workspace, &toolchain, &Options::default())?;
    let guests = guests::build(workspace, &toolchain)?;

    step("Counting");
    run(cargo(workspace)
        .args(["bench", "--locked", "--profile", "host"])
        .args(["--package", "dirql-tests", "--bench", "cost"])
        .args(rest)
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb)
        .env("DIRQL_GUESTS", &guests))?;
    Ok(ExitCode::SUCCESS)
}
