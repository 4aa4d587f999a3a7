//! Keeping the builder's folders out of the image.
//!
//! Panic messages and line tables hold the paths of source files. Each folder that differs between machines gets a fixed
//! name instead, so that two clones give one image. A package is `/workspace`, which the simulator's reports leave
//! out again; a relative name would not do, because the linker completes it by the folder it runs in.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, command::capture, rustup::TARGET};

/// Makes `cargo`, a build by `rustc` into `target`, give a fixed name to each of `sources`, to the target folder, to the sources of
/// registries and of repositories, and to those of the compiler's library. `flags` go to the compiler as well.
///
/// # Errors
/// The compiler does not say where its library is.
pub fn remap(
    cargo: &mut Command,
    rustc: &Path,
    sources: &[PathBuf],
    target: &Path,
    flags: &[&str],
) -> Result<(), Error> {
    let sysroot = PathBuf::from(capture(Command::new(rustc).args(["--print", "sysroot"]))?);
    let library = sysroot.join("lib/rustlib/src/rust");
    let library_name = format!("/rustc/{}", commit(rustc)?);

    // Where several match, the last one counts: a target folder inside of the sources follows them.
    let mut folders: Vec<(PathBuf, &str)> = sources
        .iter()
        .map(|source| (source.clone(), "/workspace"))
        .collect();
    folders.push((cargo_home().join("registry/src"), "/registry/src"));
    folders.push((cargo_home().join("git/checkouts"), "/git/checkouts"));
    folders.push((target.to_path_buf(), "/workspace/target"));
    // Distributions put the library's source elsewhere and leave a link.
    if let Ok(linked) = library.canonicalize() {
        folders.push((linked, &library_name));
    }
    folders.push((library, &library_name));

    let renamed = folders
        .iter()
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    let flags: Vec<String> = flags
        .iter()
        .map(|flag| (*flag).to_owned())
        .chain(renamed)
        .map(|flag| toml_string(&flag))
        .collect();
    cargo
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
#[must_use]
pub fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
