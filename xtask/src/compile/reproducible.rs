//! Keeping the builder's folders out of the image.
//!
//! Panic messages and line tables hold the paths of source files. Each folder that differs between machines gets a fixed
//! name instead, so that two clones give one image; the repository's own files are named from its root.

use std::{env, path::Path, path::PathBuf, process::Command};

use crate::{
    Error, Workspace,
    command::capture,
    toolchain::{TARGET, Toolchain},
};

/// Makes `command`, a build into `target`, map every such folder.
pub(super) fn remap(
    command: &mut Command,
    workspace: &Workspace,
    toolchain: &Toolchain,
    target: &Path,
) -> Result<(), Error> {
    let rustc = match toolchain {
        Toolchain::Rustup => Path::new("rustc"),
        Toolchain::Debian { rustc, .. } => rustc,
    };
    let sysroot = PathBuf::from(capture(Command::new(rustc).args(["--print", "sysroot"]))?);
    // Where several match, the last one counts: a target folder inside of the repository follows it.
    let folders = [
        (workspace.root().to_path_buf(), "/dirql"),
        (cargo_home().join("registry/src"), "/registry"),
        (sysroot.join("lib/rustlib/src/rust"), "/rust"),
        (target.to_path_buf(), "/dirql/target"),
    ];
    let flags: Vec<String> = folders
        .iter()
        .map(|(folder, name)| {
            toml_string(&format!("--remap-path-prefix={}={name}", folder.display()))
        })
        .collect();
    command
        .arg("--config")
        .arg(format!("target.{TARGET}.rustflags=[{}]", flags.join(",")));
    Ok(())
}

/// Where cargo unpacks the sources of registry packages.
fn cargo_home() -> PathBuf {
    env::var_os("CARGO_HOME").map_or_else(
        || {
            let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
            PathBuf::from(home.unwrap_or_default()).join(".cargo")
        },
        PathBuf::from,
    )
}

/// `text` as a TOML string, for `--config`.
pub(super) fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
