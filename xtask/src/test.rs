//! `cargo xtask test`: every test there is.
//!
//! The order puts `cargo test` last, so that what a reader sees at the end is the test runner's own account.

mod arguments;
mod durations;
mod quick;
mod relay;

use std::process::ExitCode;

use crate::{
    Error, Workspace,
    command::{cargo, run, step},
    driver, guests, miniport, miri,
    run::split,
    setup::setup,
};
use arguments::Arguments;

/// `test [--quick] [--toolchain CHOICE] [--kit FOLDER] [-- ARGUMENTS]`: ARGUMENTS go to `cargo test`, which runs every
/// program, also behind one that fails.
///
/// The tests find the driver through `DIRQL_IMAGE` and `DIRQL_PDB`, that with the framework's interrupt through
/// `DIRQL_WDF_IMAGE` and `DIRQL_WDF_PDB`, the miniport through `DIRQL_VIDEO_IMAGE` and
/// `DIRQL_VIDEO_PDB`, and the folder of the guests through `DIRQL_GUESTS`.
///
/// # Errors
/// As [`setup`] and [`driver::build`]; a test fails.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut quick = false;
    let asked = split(arguments, |name| {
        quick |= name == "quick";
        name == "quick"
    })?;
    let toolchain = setup(workspace, asked.choice, &asked.needs())?;
    let options = asked.options();
    let image = driver::build(workspace, &toolchain, &options)?;
    let wdf = driver::build_wdf(workspace, &toolchain, &options)?;
    let video = miniport::build(workspace, &toolchain, &options)?;
    let guests = guests::build(workspace, &toolchain)?;
    // Some tests build drivers as a user without the network does, and some read what no build for this host takes.
    let mut fetch = cargo(workspace);
    run(fetch.args(["fetch", "--locked"]))?;
    let mut arguments = Arguments::split(asked.rest);
    arguments.go_on();
    if quick {
        quick::shorten(&mut arguments);
    } else {
        miri::test(workspace)?;
    }

    step("Testing");
    let mut command = cargo(workspace);
    command
        .args(["test", "--locked", "--profile", "host"])
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb)
        .env("DIRQL_WDF_IMAGE", &wdf.sys)
        .env("DIRQL_WDF_PDB", &wdf.pdb)
        .env("DIRQL_VIDEO_IMAGE", &video.sys)
        .env("DIRQL_VIDEO_PDB", &video.pdb)
        .env("DIRQL_GUESTS", &guests);
    relay::run(&mut command, arguments)?;
    if quick {
        quick::tell();
    }
    Ok(ExitCode::SUCCESS)
}
