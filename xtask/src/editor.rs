//! Settings for rust-analyzer on a Linux host, where the driver's crates build with `cross/linux.toml` only.
//!
//! They cannot be committed: on Windows the same file would put the Linux stand-ins in the genuine crates' place.

use std::fs;

use crate::{Error, Workspace};

/// The file's name, which git ignores.
const FILE: &str = "rust-analyzer.toml";

const SETTINGS: &str = r#"# Written by `cargo xtask setup` on Linux. Remove it, or change it: it is written only where there is none.
[cargo]
extraArgs = ["--config", "cross/linux.toml"]
# The host tools as they are, and the driver through its dependencies: one analysis serves one target.
targetDir = true

[check]
command = "clippy"
"#;

/// Writes the settings where the repository has none.
///
/// # Errors
/// The file cannot be written.
pub fn settle(workspace: &Workspace) -> Result<(), Error> {
    let file = workspace.root().join(FILE);
    if file.exists() {
        eprintln!("  {FILE}: found");
        return Ok(());
    }
    fs::write(&file, SETTINGS).map_err(Error::io(&file))?;
    eprintln!("  {FILE}: written");
    Ok(())
}
