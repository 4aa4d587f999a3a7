//! `cargo xtask run`: from a clone to a driven driver.

use std::{ffi::OsString, process::ExitCode};

use lexopt::{Arg, ValueExt};

use crate::{
    Error, Workspace,
    command::{build_program, step},
    driver, miniport,
    needs::Need,
    recipe::Options,
    setup::setup,
    toolchain::Choice,
};

/// `run [--toolchain CHOICE] [-- ARGUMENTS]`: the exit code is the harness's.
///
/// # Errors
/// As [`setup`] and [`driver::build`]; the harness does not build or cannot be started.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "run")
}

/// `fuzz [--toolchain CHOICE] [-- ARGUMENTS]`: the same for `dirql fuzz`.
///
/// # Errors
/// As [`command`].
pub fn fuzz_command(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "fuzz")
}

/// `explore [--toolchain CHOICE] [-- ARGUMENTS]`: the same for `dirql explore`.
///
/// # Errors
/// As [`command`].
pub fn explore_command(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "explore")
}

fn drive(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
    subcommand: &str,
) -> Result<ExitCode, Error> {
    let (choice, rest) = split(arguments, |_| false)?;
    let toolchain = setup(workspace, choice, &[Need::Simulator])?;
    let image = driver::build(workspace, &toolchain, &Options::default())?;
    let video = miniport::build(workspace, &toolchain, &Options::default())?;

    step("Building the harness and the simulator (the first time takes minutes)");
    let harness = build_program(workspace, "dirql-harness", "dirql")?;

    step("Driving the driver");
    let mut command = std::process::Command::new(&harness);
    command
        .arg(subcommand)
        .args(rest)
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb)
        .env("DIRQL_VIDEO_IMAGE", &video.sys)
        .env("DIRQL_VIDEO_PDB", &video.pdb)
        // By this the harness names the command that repeats a failure.
        .env("DIRQL_RERUN", format!("cargo xtask {subcommand} --"));
    hand_over(&mut command).map_err(Error::io(&harness))
}

/// Becomes the harness: Ctrl-C is then its own to answer, and its end is the command's.
#[cfg(unix)]
fn hand_over(command: &mut std::process::Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

/// Runs the harness, whose end is the command's.
#[cfg(not(unix))]
fn hand_over(command: &mut std::process::Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    // A harness that the system ended has no code of eight bits.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What follows `--`, where that is next: another program's arguments, untouched.
pub(crate) fn handed_on(arguments: &mut lexopt::Parser) -> Option<Vec<OsString>> {
    // lexopt takes `--` for itself, so it is looked for first.
    let mut raw = arguments.try_raw_args()?;
    raw.next_if(|argument| argument == "--")?;
    Some(raw.collect())
}

/// The arguments before `--`, understood, and those after it, untouched. `flag` is given the name of an option that is none
/// of every command's, and says whether it is one of this command's.
///
/// # Errors
/// A bad command line.
pub(crate) fn split(
    arguments: &mut lexopt::Parser,
    mut flag: impl FnMut(&str) -> bool,
) -> Result<(Choice, Vec<OsString>), Error> {
    let mut choice = Choice::default();
    loop {
        if let Some(rest) = handed_on(arguments) {
            return Ok((choice, rest));
        }
        match arguments.next()? {
            None => return Ok((choice, Vec::new())),
            Some(Arg::Long("toolchain")) => choice = arguments.value()?.parse()?,
            Some(Arg::Long(name)) if flag(name) => {}
            Some(other) => return Err(other.unexpected().into()),
        }
    }
}
