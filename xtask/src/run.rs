//! `cargo xtask run`: from a clone to a driven driver.

use std::{
    ffi::OsString,
    process::{ExitCode, ExitStatus},
};

use lexopt::{Arg, ValueExt};

use crate::{
    Error, Workspace,
    command::{build_program, step},
    driver,
    kit::Kit,
    miniport,
    needs::Need,
    recipe::{Built, Options},
    setup::setup,
    toolchain::Choice,
};

/// `run [--wdf] [--toolchain CHOICE] [--kit FOLDER] [-- ARGUMENTS]`: the exit code is the harness's.
///
/// It drives the driver whose interrupt is its own, and then that whose interrupt is the framework's, each test of which
/// runs in one of its variants; with `--wdf` the latter alone, in all of them.
///
/// # Errors
/// As [`setup`] and [`driver::build`]; the harness does not build or cannot be started.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "run")
}

/// `fuzz [--wdf] [--toolchain CHOICE] [-- ARGUMENTS]`: the same for `dirql fuzz`.
///
/// # Errors
/// As [`command`].
pub fn fuzz_command(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "fuzz")
}

/// `explore [--wdf] [--toolchain CHOICE] [-- ARGUMENTS]`: the same for `dirql explore`.
///
/// # Errors
/// As [`command`].
pub fn explore_command(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "explore")
}

/// `faults [--wdf] [--toolchain CHOICE] [-- ARGUMENTS]`: the same for `dirql faults`, in the same extent for both drivers.
///
/// # Errors
/// As [`command`].
pub fn faults_command(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
) -> Result<ExitCode, Error> {
    drive(workspace, arguments, "faults")
}

/// Arguments of `dirql run` that are about one image: its own, what a machine reads of it, or what repeats a run of it.
const ABOUT_ONE: [&str; 11] = [
    "--replay",
    "--format",
    "--every-policy",
    "--one-variant",
    "--trace",
    "--perfetto",
    "--html",
    "--image",
    "--target",
    "--list",
    "--help",
];

/// Whether both drivers are driven: the framework's, too, unless the arguments are about one.
fn drives_both(subcommand: &str, rest: &[OsString]) -> bool {
    let about_one = rest
        .iter()
        .filter_map(|argument| argument.to_str())
        .any(|argument| {
            ABOUT_ONE
                .iter()
                .any(|option| argument.split('=').next() == Some(option))
        });
    ["run", "faults"].contains(&subcommand) && !about_one
}

fn drive(
    workspace: &Workspace,
    arguments: &mut lexopt::Parser,
    subcommand: &str,
) -> Result<ExitCode, Error> {
    let mut of_framework = false;
    let asked = split(arguments, |name| {
        of_framework |= name == "wdf";
        name == "wdf"
    })?;
    let toolchain = setup(workspace, asked.choice, &asked.needs())?;
    let options = asked.options();
    let both = !of_framework && drives_both(subcommand, &asked.rest);
    let own = (!of_framework)
        .then(|| driver::build(workspace, &toolchain, &options))
        .transpose()?;
    let framework = (of_framework || both)
        .then(|| driver::build_wdf(workspace, &toolchain, &options))
        .transpose()?;
    let video = miniport::build(workspace, &toolchain, &options)?;

    step("Building the harness and the simulator (the first time takes minutes)");
    let harness = build_program(workspace, "dirql-harness", "dirql")?;

    let command = |image: &Built, which: &str| {
        let mut command = std::process::Command::new(&harness);
        command
            .arg(subcommand)
            .args(&asked.rest)
            .env("DIRQL_IMAGE", &image.sys)
            .env("DIRQL_PDB", &image.pdb)
            .env("DIRQL_VIDEO_IMAGE", &video.sys)
            .env("DIRQL_VIDEO_PDB", &video.pdb)
            // By this the harness names the command that repeats a failure.
            .env(
                "DIRQL_RERUN",
                rerun(subcommand, which, options.kit.as_ref()),
            );
        command
    };
    let (mut first, mut second) = (
        own.map(|image| command(&image, "")),
        framework.map(|image| command(&image, " --wdf")),
    );
    if let (Some(first), Some(second)) = (&mut first, &mut second) {
        step("Driving the driver");
        let ended = first.status().map_err(Error::io(&harness))?;
        if !ended.success() {
            return Ok(exit_code(ended));
        }
        if subcommand == "run" {
            step(
                "Driving the driver with the framework's interrupt, each test in one of its variants",
            );
            second.arg("--one-variant");
        } else {
            step("Driving the driver with the framework's interrupt");
        }
    } else {
        step("Driving the driver");
    }
    match second.or(first) {
        Some(mut last) => hand_over(&mut last).map_err(Error::io(&harness)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The end of the harness as the command's: one that the system ended has no code of eight bits.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The command that repeats a run, with the option that says `which` driver.
fn rerun(subcommand: &str, which: &str, kit: Option<&Kit>) -> String {
    let kit = kit.map_or_else(String::new, |kit| {
        format!(" --kit '{}'", kit.root().display())
    });
    format!("cargo xtask {subcommand}{which}{kit} --")
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
    command.status().map(exit_code)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_one_image_drives_one() {
        let both = |words: &str| {
            let rest: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
            drives_both("run", &rest)
        };
        for words in ["", "wait --seed 3", "power --uninitialized"] {
            assert!(both(words), "{words}");
        }
        for words in [
            "--replay 3-b",
            "--format=json",
            "--every-policy",
            "x --image y",
        ] {
            assert!(!both(words), "{words}");
        }
        assert!(!drives_both("fuzz", &[]));
        assert!(drives_both("faults", &[OsString::from("--short")]));
    }
}
