//! `cargo xtask bench`: what a synchronized call and a request cost, as `tests/benches/cost.rs` counts them, how fast the
//! simulator runs the driver, and how many requests the fuzzer makes in a second.

use std::process::ExitCode;

use crate::{
    Error, Workspace,
    command::{cargo, run, step},
    driver, guests,
    run::split,
    setup::setup,
};

/// `bench [--toolchain CHOICE] [--kit FOLDER]`: prints Markdown tables on standard output.
///
/// # Errors
/// As [`setup`] and [`driver::build`]; the bench fails.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let asked = split(arguments, |_| false)?;
    let toolchain = setup(workspace, asked.choice, &asked.needs())?;
    let image = driver::build(workspace, &toolchain, &asked.options())?;
    let guests = guests::build(workspace, &toolchain)?;

    step("Counting");
    run(cargo(workspace)
        .args(["bench", "--locked", "--profile", "host"])
        .args(["--package", "dirql-tests", "--bench", "cost"])
        .args(&asked.rest)
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb)
        .env("DIRQL_GUESTS", &guests))?;

    step("Timing the simulator");
    run(cargo(workspace)
        .args(["bench", "--locked", "--profile", "host"])
        .args(["--package", "dirql-tests", "--bench", "simulator"])
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb)
        .env("DIRQL_GUESTS", &guests))?;

    // Every rule on; the first thousands of requests pay for the translation of the driver's code.
    step("Fuzzing, for its rate");
    run(cargo(workspace)
        .args(["run", "--locked", "--profile", "host"])
        .args(["--package", "dirql-harness", "--", "fuzz"])
        .args(["--seed", "1", "--count", "100000"])
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb))?;
    Ok(ExitCode::SUCCESS)
}
