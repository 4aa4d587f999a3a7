//! The guest's disk: an overlay, so that a run leaves the image as it found it.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, command::capture};

/// What a qcow2 file begins with.
const QCOW2: &[u8] = b"QFI\xfb";

/// Makes an empty overlay on `image`.
///
/// # Errors
/// The image cannot be read; qemu-img fails.
pub(super) fn overlay(folder: &Path, image: &Path) -> Result<PathBuf, Error> {
    let image = image.canonicalize().map_err(Error::io(image))?;
    let mut magic = [0; 4];
    let mut file = File::open(&image).map_err(Error::io(&image))?;
    // qemu-img wants the format told: a guest could write another format's header to a raw image.
    let format = match file.read_exact(&mut magic) {
        Ok(()) if magic == QCOW2 => "qcow2",
        _ => "raw",
    };
    let overlay = folder.join("overlay.qcow2");
    if overlay.exists() {
        fs::remove_file(&overlay).map_err(Error::io(&overlay))?;
    }
    capture(
        Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2", "-F", format, "-b"])
            .arg(&image)
            .arg(&overlay),
    )?;
    Ok(overlay)
}

/// Makes an empty disk for an installation.
///
/// # Errors
/// There is a file of that name; qemu-img fails.
pub(super) fn create(image: &Path) -> Result<(), Error> {
    if image.exists() {
        return Err(Error::Usage(format!(
            "{} exists: --iso installs Windows on a disk that it makes",
            image.display()
        )));
    }
    capture(
        Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2"])
            .arg(image)
            .arg("64G"),
    )?;
    Ok(())
}
