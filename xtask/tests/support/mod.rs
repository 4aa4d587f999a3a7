//! The built image, for the tests that judge it.

use std::{env, fs, path::PathBuf};

/// The driver image that `cargo xtask test` built.
pub(crate) fn image_path() -> PathBuf {
    PathBuf::from(env::var_os("DIRQL_IMAGE").expect(
        "DIRQL_IMAGE names no image: run these tests by `cargo xtask test`, or set it to the path that \
         `cargo xtask build` prints",
    ))
}

/// Its bytes.
pub(crate) fn image() -> Vec<u8> {
    let path = image_path();
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
