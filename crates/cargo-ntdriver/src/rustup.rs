//! The compiler in use, and the targets that it has a library for.

use std::{env, ffi::OsString, path::Path, process::Command};

use crate::command::capture;

/// The target of drivers.
pub const TARGET: &str = "x86_64-pc-windows-msvc";

/// The compiler that cargo calls.
#[must_use]
pub fn rustc() -> OsString {
    ["RUSTC", "CARGO_BUILD_RUSTC"]
        .into_iter()
        .find_map(|name| env::var_os(name).filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "rustc".into())
}

/// Whether the compiler in use has a library for `target`.
#[must_use]
pub fn target_installed(target: &str) -> bool {
    let mut rustc = Command::new(rustc());
    let folder = capture(rustc.args(["--print", "target-libdir", "--target", target]));
    folder.is_ok_and(|folder| {
        let entries = Path::new(&folder)
            .read_dir()
            .into_iter()
            .flatten()
            .flatten();
        entries
            .into_iter()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    })
}
