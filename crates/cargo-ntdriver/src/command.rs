//! Running other programs.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, IsTerminal, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::Error;

/// Says what is being done, on standard error.
pub fn step(what: &str) {
    if io::stderr().is_terminal() {
        eprintln!("\x1b[1m==> {what}\x1b[0m");
    } else {
        eprintln!("==> {what}");
    }
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
        Err(failed_in_sight(command, &status.to_string()))
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
    // Indented: what another program calls an error is the reason of one, and no error beside it.
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().replace('\n', "\n    ");
    Err(failed(command, &format!("{}\n    {said}", output.status)))
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
        Err(failed_in_sight(command, &status.to_string()))
    }
}

/// The failure of a program whose messages have said why: its line would bury them.
#[must_use]
pub fn failed_in_sight(command: &Command, outcome: &str) -> Error {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let task = command.get_args().next().unwrap_or_default();
    Error::Failed {
        what: format!("{} {}", name.display(), task.display())
            .trim_end()
            .to_owned(),
        outcome: outcome.to_owned(),
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

/// The failure of a program that could not be started.
#[must_use]
pub fn not_started(command: &Command, error: &io::Error) -> Error {
    Error::Program {
        line: line(command),
        outcome: format!("could not be run: {error}"),
    }
}

/// The failure of a program whose messages were not shown.
#[must_use]
pub fn failed(command: &Command, outcome: &str) -> Error {
    Error::Program {
        line: line(command),
        outcome: format!("failed: {outcome}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_a_program_stand_indented_below_the_one_that_they_are_the_reason_of() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "echo 'info: trying' >&2; echo 'error: no such thing' >&2; exit 3",
        ]);
        let message = capture(&mut command).unwrap_err().to_string();
        let said: Vec<&str> = message.lines().skip(1).collect();
        assert_eq!(
            said,
            ["    info: trying", "    error: no such thing"],
            "{message}"
        );
    }

    #[test]
    fn a_failure_in_sight_names_the_program_and_not_its_whole_line() {
        let mut command = Command::new("sh");
        command.args(["-c", "exit 3", "--remap-path-prefix=/a=/b"]);
        let message = run(&mut command).unwrap_err().to_string();
        assert_eq!(
            message,
            "`sh -c` failed (exit status: 3); its own messages are above"
        );
    }
}
