//! The repository's own cargo, and what [`ntdriver::command`] has for other programs.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

pub use ntdriver::command::{
    capture, exists, failed, failed_in_sight, not_started, run, run_watched, step,
};

use crate::{Error, Workspace};

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

#[cfg(test)]
mod tests {
    use std::path::Path;

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
}
