//! Signing by `osslsigncode`.

use std::{fs, path::Path, process::Command};

use super::certificate::Identity;
use crate::{Error, command::capture};

/// The program, which Debian's package of the same name brings.
const PROGRAM: &str = "osslsigncode";

/// Signs `file`, an image or a catalog, in its place by SHA-256.
///
/// No timestamp is taken: a test signature need not outlive its certificate, and packaging works without a network. The
/// signing time is `seconds`, so that one package is signed to the same bytes again.
///
/// # Errors
/// The program fails.
pub fn sign(file: &Path, identity: &Identity, seconds: u64) -> Result<(), Error> {
    let signed = file.with_extension("signed");
    if signed.exists() {
        fs::remove_file(&signed).map_err(Error::io(&signed))?;
    }
    capture(
        Command::new(PROGRAM)
            .args(["sign", "-h", "sha256", "-time", &seconds.to_string()])
            .arg("-certs")
            .arg(&identity.certificate)
            .arg("-key")
            .arg(&identity.key)
            .arg("-in")
            .arg(file)
            .arg("-out")
            .arg(&signed),
    )?;
    fs::rename(&signed, file).map_err(Error::io(file))
}

/// Lets the program judge the signature of `image`: its own, and that of `catalog` if one is given.
///
/// # Errors
/// The program refuses it.
pub fn verify(image: &Path, catalog: Option<&Path>, identity: &Identity) -> Result<(), Error> {
    let mut command = Command::new(PROGRAM);
    command
        .args(["verify", "-CAfile"])
        .arg(&identity.certificate);
    if let Some(catalog) = catalog {
        command.arg("-catalog").arg(catalog);
    }
    capture(command.arg("-in").arg(image))?;
    Ok(())
}
