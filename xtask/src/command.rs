//! Running other programs.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader, IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

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
        .env("CARGO_TARGET_DIR", workspace.target())
        // What is not built for Windows is to run here, whatever target the user's other work is for.
        .env_remove("CARGO_BUILD_TARGET");
    // A file's choice is not to be taken back, but the environment goes before it.
    if workspace.configuration_names_target() {
        command.env("CARGO_BUILD_TARGET", "host-tuple");
    }
    command
}

/// Builds the program `name` of `package` for the host, and answers where cargo left it.
///
/// # Errors
/// It does not build.
pub fn build_program(workspace: &Workspace, package: &str, name: &str) -> Result<PathBuf, Error> {
    let mut command = cargo(workspace);
    command
        .args([
            "build",
            "--locked",
            "--profile",
            "host",
            "--package",
            package,
        ])
        .args(["--bin", name, "--message-format", "json-render-diagnostics"]);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(&command, &error))?;
    if !output.status.success() {
        return Err(failed_in_sight(&command, &output.status.to_string()));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    program_of(&said, name).ok_or_else(|| {
        failed(
            &command,
            "it succeeded, and did not say where the program is",
        )
    })
}

/// The path of the program `name` in cargo's messages.
fn program_of(messages: &str, name: &str) -> Option<PathBuf> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| message["target"]["name"] == name)
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs.next_back()
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
pub(crate) fn failed_in_sight(command: &Command, outcome: &str) -> Error {
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

pub(crate) fn not_started(command: &Command, error: &io::Error) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"{"reason":"compiler-artifact","target":{"name":"dirql_harness"},"executable":null}
not a message
{"reason":"compiler-artifact","target":{"name":"dirql"},"executable":"/target/x86_64-unknown-linux-gnu/host/dirql"}
{"reason":"build-finished","success":true}"#;

    #[test]
    fn a_program_is_where_cargo_says_that_it_is() {
        assert_eq!(
            program_of(MESSAGES, "dirql").as_deref(),
            Some(Path::new("/target/x86_64-unknown-linux-gnu/host/dirql"))
        );
        assert_eq!(program_of(MESSAGES, "dirql_harness"), None);
    }

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
