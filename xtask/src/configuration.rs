//! What the user's own configuration of cargo says that bears on our builds: a target, wrappers, another compiler.

use std::{
    env,
    ffi::OsString,
    process::{Command, Stdio},
};

use ntdriver::rustup::rustc;
use serde_json::Value;

use crate::{Error, Workspace};

/// Whether a file of the configuration names a target under `[build]`, which moves what cargo builds to another folder.
///
/// cargo's answer takes a switch that is unstable. A cargo that has lost it answers nothing: then what is built for the
/// host is found where that cargo leaves it ([`crate::command::build_program`]).
pub(crate) fn names_target(workspace: &Workspace) -> bool {
    in_files(workspace).get("target").is_some()
}

/// The table `[build]` of the files.
fn in_files(workspace: &Workspace) -> Value {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "-Zunstable-options",
            "config",
            "get",
            "--format",
            "json-value",
            "build",
        ])
        .current_dir(workspace.root())
        .env("RUSTC_BOOTSTRAP", "1")
        .stdin(Stdio::null())
        .output();
    let said = output.map(|output| output.stdout).unwrap_or_default();
    serde_json::from_slice(&said).unwrap_or(Value::Null)
}

/// A setting by which cargo calls another program: its variables, strongest first, and its key in `[build]`.
const PROGRAMS: [(&[&str], &str); 3] = [
    (&["RUSTC", "CARGO_BUILD_RUSTC"], "rustc"),
    (
        &["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"],
        "rustc-wrapper",
    ),
    (
        &[
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        ],
        "rustc-workspace-wrapper",
    ),
];

/// That the compiler and the wrappers that are named can be called. cargo would stop at them, in the middle of a build.
///
/// # Errors
/// [`Error::Missing`], with what names the program.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Error> {
    let files = in_files(workspace);
    let mut errors = Vec::new();
    for (variables, key) in PROGRAMS {
        let variable = variables
            .iter()
            .find_map(|name| Some((*name, env::var_os(name)?)));
        let (by, program) = match (variable, files.get(key).and_then(Value::as_str)) {
            (Some((name, program)), _) => (name.to_owned(), program),
            // A path in a file starts at the file's folder, which cargo does not tell.
            (None, Some(program)) if !program.contains('/') || program.starts_with('/') => (
                format!("build.{key} of cargo's configuration"),
                program.into(),
            ),
            _ => continue,
        };
        // An empty one is none.
        if !program.is_empty() {
            errors.extend(call(key, &by, &program).err());
        }
    }
    Error::all(errors)
}

/// Calls `program` as cargo does first.
fn call(key: &str, by: &str, program: &OsString) -> Result<(), Error> {
    let mut command = Command::new(program);
    if key != "rustc" {
        command.arg(rustc());
    }
    let outcome = command.arg("-vV").stdin(Stdio::null()).output();
    let why = match outcome {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Error::Missing {
        what: format!("`{}`, which {by} names", program.display()),
        how: format!("it cannot be called ({why}): install it, or take the setting away"),
    })
}
