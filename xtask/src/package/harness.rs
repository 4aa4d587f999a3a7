//! `dirql.exe`: the harness for Windows, cross-compiled.
//!
//! It is built for `x86_64-pc-windows-gnu`. A program for the target of the driver, `-msvc`, takes import libraries and a
//! C runtime that come with Microsoft's SDK only; Debian's mingw-w64 has its own. The simulator is left out: it links
//! Unicorn, and the package holds nothing under the GPL.

use std::path::PathBuf;

use crate::{
    Error, Workspace,
    command::{cargo, exists, run},
    needs::target_installed,
};

/// The target.
pub const TARGET: &str = "x86_64-pc-windows-gnu";
/// The linker that the compiler calls for it.
const LINKER: &str = "x86_64-w64-mingw32-gcc";

/// That the target and its linker are there.
///
/// # Errors
/// [`Error::Missing`] with how to get them.
pub fn ready() -> Result<(), Error> {
    let mut missing = Vec::new();
    if !exists(LINKER) {
        missing.push(format!("{LINKER}, the linker for {TARGET}"));
    }
    if !target_installed(TARGET) {
        missing.push(format!("rustup's target {TARGET}"));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::Missing {
        what: missing.join(", "),
        how: "run `cargo xtask setup --package`".to_owned(),
    })
}

/// Builds it, and answers its path.
///
/// # Errors
/// It does not build.
pub fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    let target = workspace.target().join("windows");
    run(cargo(workspace)
        .args(["build", "--locked", "--profile", "host"])
        .args(["--package", "dirql-harness", "--no-default-features"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        // The host's flags are not this target's.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    Ok(target.join(TARGET).join("host").join("dirql.exe"))
}
