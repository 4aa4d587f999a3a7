//! `dirql.exe`: the harness for Windows, cross-compiled.
//!
//! It is built for `x86_64-pc-windows-gnu`. A program for the target of the driver, `-msvc`, takes import libraries and a
//! C runtime that come with Microsoft's SDK only; Debian's mingw-w64 has its own. The simulator is left out: it links
//! Unicorn, and the package holds nothing under the GPL.

use std::{path::PathBuf, process::Command};

use crate::{
    Error, Workspace,
    command::{capture, cargo, exists, run},
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
    if !exists(LINKER) {
        return Err(Error::Missing {
            what: format!("{LINKER}, the linker for {TARGET}"),
            how: "run `cargo xtask setup --package`, or `apt-get install gcc-mingw-w64-x86-64`"
                .to_owned(),
        });
    }
    let library =
        capture(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    if !PathBuf::from(library).exists() {
        return Err(Error::Missing {
            what: format!("the target {TARGET}"),
            how: format!("run `rustup target add {TARGET}`"),
        });
    }
    Ok(())
}

/// Builds it, and answers its path.
///
/// # Errors
/// As [`ready`]; it does not build.
pub fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    ready()?;
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
