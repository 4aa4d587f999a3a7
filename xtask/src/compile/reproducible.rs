//! Keeping the builder's folders out of the image.
//!
//! Panic messages and line tables hold the paths of source files. Each folder that differs between machines gets a fixed
//! name instead, so that two clones give one image. The repository is `/workspace`, which the simulator's reports leave
//! out again; a relative name would not do, because the linker completes it by the folder it runs in.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error, Workspace,
    command::capture,
    guests,
    toolchain::{TARGET, Toolchain},
};

/// Makes `command`, a build into `target`, rename every such folder.
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
    let library = sysroot.join("lib/rustlib/src/rust");
    let library_name = format!("/rustc/{}", commit(rustc)?);

    // Where several match, the last one counts: a target folder inside of the repository follows it.
    let mut folders = vec![(workspace.root().to_path_buf(), "/workspace")];
    // A guest is a workspace of its own. All are named in every build, for builds whose flags differ would undo each
    // other's work in the folder they share.
    let guests = guests::folders(workspace)?;
    folders.extend(guests.into_iter().map(|guest| (guest, "/workspace")));
    folders.push((cargo_home().join("registry/src"), "/registry/src"));
    folders.push((target.to_path_buf(), "/workspace/target"));
    // Distributions put the library's source elsewhere and leave a link.
    if let Ok(linked) = library.canonicalize() {
        folders.push((linked, &library_name));
    }
    folders.push((library, &library_name));

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

/// The commit that the compiler was built from. The precompiled library names its source by it, and does so whether
/// or not the source is installed.
fn commit(rustc: &Path) -> Result<String, Error> {
    let version = capture(Command::new(rustc).arg("-vV"))?;
    let hash = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "));
    Ok(hash.unwrap_or("unknown").to_owned())
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
