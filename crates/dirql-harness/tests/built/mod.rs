//! The command on the built driver. Without an image a test fails and says how to get one, for a test that does not run
//! shows nothing.

use std::process::{Command, Output};

/// What the command does with these arguments.
pub(crate) fn dirql(args: &[&str]) -> Output {
    assert!(
        std::env::var_os("DIRQL_IMAGE").is_some(),
        "DIRQL_IMAGE is not set: `cargo xtask build` builds the driver image and prints its path"
    );
    Command::new(env!("CARGO_BIN_EXE_dirql"))
        .args(args)
        .env_remove("DIRQL_RERUN")
        .output()
        .expect("the command was built")
}
