//! `cargo xtask run`: from a clone to a driven driver.

use std::{ffi::OsString, process::ExitCode};

use lexopt::{Arg, ValueExt};

use crate::{
    Error, Workspace,
    command::{build_program, step},
    driver,
    kit::Kit,
    miniport,
    needs::Need,
    recipe::Options,
    setup::setup,
    toolchain::Choice,
};

/// `run [--toolchain CHOICE] [--kit FOLDER] [-- ARGUMENTS]`: the exit code is the harness's.
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
    let asked = split(arguments, |_| false)?;
    let toolchain = setup(workspace, asked.choice, &asked.needs())?;
    let options = asked.options();
    let image = driver::build(workspace, &toolchain, &options)?;
    let video = miniport::build(workspace, &toolchain, &options)?;

    step("Building the harness and the simulator (the first time takes minutes)");
    let harness = build_program(workspace, "dirql-harness", "dirql")?;

    step("Driving the driver");
    let mut command = std::process::Command::new(&harness);
    command
        .arg(subcommand)
        .args(asked.rest)
        .env("DIRQL_IMAGE", &image.sys)
        .env("DIRQL_PDB", &image.pdb)
        .env("DIRQL_VIDEO_IMAGE", &video.sys)
        .env("DIRQL_VIDEO_PDB", &video.pdb)
        // By this the harness names the command that repeats a failure.
        .env("DIRQL_RERUN", rerun(subcommand, options.kit.as_ref()));
    hand_over(&mut command).map_err(Error::io(&harness))
}

/// The command that repeats a run.
fn rerun(subcommand: &str, kit: Option<&Kit>) -> String {
    let kit = kit.map_or_else(String::new, |kit| {
        format!(" --kit '{}'", kit.root().display())
    });
    format!("cargo xtask {subcommand}{kit} --")
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

/// What a command that drives an image was asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The compiler.
    pub(crate) choice: Choice,
    /// The kit to build over.
    kit: Option<Kit>,
    /// What follows `--`.
    pub(crate) rest: Vec<OsString>,
}

impl Asked {
    /// How the images are built.
    pub(crate) fn options(&self) -> Options {
        Options {
            kit: self.kit.clone(),
            ..Options::default()
        }
    }

    /// What the machine must have.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let kit = self.kit.as_ref().map(|_| Need::Kit);
        [Need::Simulator].into_iter().chain(kit).collect()
    }
}

/// The arguments before `--`, understood, and those after it, untouched. `flag` is given the name of an option that is none
/// of every command's, and says whether it is one of this command's.
///
/// # Errors
/// A bad command line.
pub(crate) fn split(
    arguments: &mut lexopt::Parser,
    mut flag: impl FnMut(&str) -> bool,
) -> Result<Asked, Error> {
    let mut asked = Asked {
        kit: Kit::of_the_environment()?,
        ..Asked::default()
    };
    loop {
        if let Some(rest) = handed_on(arguments) {
            asked.rest = rest;
            return Ok(asked);
        }
        match arguments.next()? {
            None => return Ok(asked),
            Some(Arg::Long("toolchain")) => asked.choice = arguments.value()?.parse()?,
            Some(Arg::Long("kit")) => asked.kit = Some(Kit::at(arguments.value()?.as_ref())?),
            Some(Arg::Long(name)) if flag(name) => {}
            Some(other) => return Err(other.unexpected().into()),
        }
    }
}
