//! Perfetto's package for Python, by which the tests read the traces that are written here.

use std::{path::PathBuf, process::Command};

use crate::{
    Error, Workspace,
    command::{capture, exists},
};

/// The package, and what it reads messages by. A version of either may be replaced by a later one.
const PACKAGES: [&str; 2] = ["perfetto==0.59.1", "protobuf==7.36.2"];

/// What is imported of it.
const IMPORTED: &str = "import perfetto.protos.perfetto.trace.perfetto_trace_pb2";

/// The Python that has it: one of the workspace's own, for a system's refuses packages that it has not brought.
fn python(workspace: &Workspace) -> PathBuf {
    workspace.target().join("python/bin/python3")
}

/// Finds or installs the package.
///
/// # Errors
/// [`Error::Missing`] where Python's index of packages does not answer.
pub fn provide(workspace: &Workspace) -> Result<(), Error> {
    let python = python(workspace);
    if capture(Command::new(&python).args(["-c", IMPORTED])).is_ok() {
        eprintln!("  perfetto for Python: found");
        return Ok(());
    }
    let missing = |error: Error| Error::Missing {
        what: "perfetto for Python".to_owned(),
        how: format!("it could not be installed: {error}"),
    };
    let system = if exists("python3") {
        "python3"
    } else {
        "python"
    };
    let folder = workspace.target().join("python");
    capture(Command::new(system).args(["-m", "venv"]).arg(&folder)).map_err(missing)?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    capture(pip.args(PACKAGES)).map_err(missing)?;
    capture(Command::new(&python).args(["-c", IMPORTED])).map_err(missing)?;
    eprintln!("  perfetto for Python: installed");
    Ok(())
}
