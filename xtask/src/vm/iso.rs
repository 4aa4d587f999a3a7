//! The ISO that the guest finds in its drive: the package, its scripts, and perhaps an answer file for Windows' set-up.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, command::capture};

/// The volume's name, by which a guest knows it.
const VOLUME: &str = "DIRQL";

/// Makes the ISO of `package` in `folder`; `answers` is the text of an `autounattend.xml`.
///
/// # Errors
/// A file cannot be copied; xorriso fails.
pub(super) fn make(folder: &Path, package: &Path, answers: Option<&str>) -> Result<PathBuf, Error> {
    let tree = folder.join("iso");
    if tree.exists() {
        fs::remove_dir_all(&tree).map_err(Error::io(&tree))?;
    }
    copy(package, &tree)?;
    if let Some(answers) = answers {
        // Set-up looks for a file of this name at the root of every removable medium.
        let file = tree.join("autounattend.xml");
        fs::write(&file, answers).map_err(Error::io(&file))?;
    }
    let iso = folder.join("dirql.iso");
    if iso.exists() {
        fs::remove_file(&iso).map_err(Error::io(&iso))?;
    }
    capture(
        Command::new("xorriso")
            .args(["-as", "mkisofs", "-quiet", "-J", "-R", "-V", VOLUME, "-o"])
            .arg(&iso)
            .arg(&tree),
    )?;
    Ok(iso)
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::io(to))?;
    for entry in fs::read_dir(from).map_err(Error::io(from))? {
        let entry = entry.map_err(Error::io(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(Error::io(&source))?;
        }
    }
    Ok(())
}
