//! The other drivers: what `tests/guests` holds for the simulator to run.
//!
//! Each is a package of its own with its own lock file, as any other driver is. They
//! are compiled into the folder of the project's driver, whose dependencies they share; nothing is inspected but what the
//! tests look at.

use std::{fs, path::PathBuf};

use crate::{
    Error, Workspace, c_guests,
    command::step,
    compile::{Source, compile},
    toolchain::Toolchain,
};

/// Builds every guest, and answers the folder that holds `<name>.sys` and `<name>.pdb` of each.
///
/// # Errors
/// As [`compile`].
pub fn build(workspace: &Workspace, toolchain: &Toolchain) -> Result<PathBuf, Error> {
    let out = workspace.target().join("image").join("guests");
    fs::create_dir_all(&out).map_err(Error::io(&out))?;
    for folder in folders(workspace)? {
        // The folder is named as its package is.
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        step(&format!("Building the guest {name} ({})", toolchain.name()));
        let source = Source {
            manifest: &folder.join("Cargo.toml"),
            package: name,
            library: name,
            debug: false,
            bare: false,
        };
        let output = compile(workspace, toolchain, source)?;
        for (extension, bytes) in [("sys", output.image), ("pdb", output.pdb)] {
            let file = out.join(name).with_extension(extension);
            fs::write(&file, bytes).map_err(Error::io(&file))?;
        }
    }
    c_guests::build(workspace, &out)?;
    Ok(out)
}

/// The guests in `tests/guests`, in the order of their names; none where there is no such folder.
///
/// # Errors
/// The folder cannot be read.
pub fn folders(workspace: &Workspace) -> Result<Vec<PathBuf>, Error> {
    let parent = workspace.root().join("tests/guests");
    if !parent.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&parent).map_err(Error::io(&parent))?;
    let mut folders = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Error::io(&parent))?;
    folders.retain(|folder| folder.join("Cargo.toml").exists());
    folders.sort();
    Ok(folders)
}
