//! Running other programs.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader, IsTerminal, Write},
    process::{Command, Stdio},
};

use crate::{Error, Workspace};

/// Says what is being done, on standard error.
pub fn step(what: &str) {
    if io::stderr().is_terminal() {
        eprintln!("\x1b[1m==> {what}\x1b[0m");
    } else {
        eprintln!("==> {what}");
    }
}

/// cargo, in the root of the repository, as it called this program.
#[must_use]
pub fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(workspace.root())
        // Nested cargos share one choice of folder, whatever folder they are called from.
        .env("CARGO_TARGET_DIR", workspace.target());
    command
}

/// Whether `program` can be started: `program --version` succeeds.
#[must_use]
pub fn exists(program: &str) -> bool {
    capture(Command::new(program).arg("--version")).is_ok()
}

/// Runs `command` to its end, its output shown.
///
/// # Errors
/// The program cannot be started, or fails.
pub fn run(command: &mut Command) -> Result<(), Error> {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(command, &status.to_string()))
    }
}

/// Runs `command` and answers its standard output, trimmed.
///
/// # Errors
/// The program cannot be started, or fails; its standard error is then part of the message.
pub fn capture(command: &mut Command) -> Result<String, Error> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(
        command,
        &format!("{}\n{}", output.status, said.trim()),
    ))
}

/// Runs `command` with its standard error shown, and hands each line of it to `watch`.
///
/// # Errors
/// The program cannot be started, or fails.
pub fn run_watched(command: &mut Command, mut watch: impl FnMut(&str)) -> Result<(), Error> {
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    if let Some(pipe) = child.stderr.take() {
        for line in BufReader::new(pipe).split(b'\n') {
            let line = line.map_err(Error::io("standard error of cargo"))?;
            watch(&String::from_utf8_lossy(&line));
            let mut stderr = io::stderr().lock();
            // A closed standard error is no reason to stop a build.
            let _ = stderr
                .write_all(&line)
                .and_then(|()| stderr.write_all(b"\n"));
        }
    }
    let status = child.wait().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(command, &status.to_string()))
    }
}

fn line(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

fn not_started(command: &Command, error: &io::Error) -> Error {
    Error::Program {
        line: line(command),
        outcome: format!("could not be run: {error}"),
    }
}

fn failed(command: &Command, outcome: &str) -> Error {
    Error::Program {
        line: line(command),
        outcome: format!("failed: {outcome}"),
    }
}
