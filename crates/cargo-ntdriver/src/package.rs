//! What Windows installs: a stamped INF, a signed image, and a signed catalog of both.
//!
//! The order matters: the catalog holds the hashes of the final files, so the INF is stamped and the image signed first,
//! and the catalog is signed last.

mod archive;
mod catalog;
pub mod certificate;
mod sign;
pub mod version;

use std::{fs, path::Path};

use sha1::{Digest, Sha1};
use sha2::Sha256;

use image::authenticode_hash;

use crate::{
    Error,
    command::step,
    inf::{self, Inf, Stamp, stamp},
};

pub use archive::archive;
pub use catalog::{Kind, Member, catalog};
pub use certificate::Identity;
pub use sign::{sign, verify};

/// The certificate's file, named as cargo-make's.
pub const CERTIFICATE: &str = "WDRLocalTestCert.cer";

/// What goes into a package.
#[derive(Debug)]
pub struct Contents<'a> {
    /// The driver's name, which all of its files have.
    pub name: &'a str,
    /// The image.
    pub image: &'a Path,
    /// The text of the INF before it is stamped.
    pub inx: &'a str,
    /// What it is stamped with.
    pub stamp: &'a Stamp,
    /// When the package was made, in seconds after 1970.
    pub seconds: u64,
    /// Who signs.
    pub identity: &'a Identity,
}

/// Writes `.sys`, `.inf`, `.cat` and the certificate to `folder`, signed and verified, and answers their names.
///
/// # Errors
/// The certificate may not sign; a program fails; a file cannot be written; the INF has no model.
pub fn assemble(folder: &Path, contents: &Contents<'_>) -> Result<Vec<String>, Error> {
    let name = contents.name;
    let certificate = certificate::read(&contents.identity.certificate)?;
    let place = |file: &str| folder.join(file);
    let [sys, inf, cat] = ["sys", "inf", "cat"].map(|ending| format!("{name}.{ending}"));

    step("Stamping the INF");
    let text = stamp(contents.inx, contents.stamp);
    write(&place(&inf), text.as_bytes())?;

    step("Signing the image");
    fs::copy(contents.image, place(&sys)).map_err(Error::io(contents.image))?;
    // A certificate that was made after the commit signs when it is valid.
    let signing_time = contents.seconds.max(certificate.valid_from);
    sign::sign(&place(&sys), contents.identity, signing_time)?;

    step("Making and signing the catalog");
    let image = fs::read(place(&sys)).map_err(Error::io(place(&sys)))?;
    let unsigned = list(name, &image, &text, contents.seconds)?;
    write(&place(&cat), &unsigned)?;
    sign::sign(&place(&cat), contents.identity, signing_time)?;
    sign::verify(&place(&sys), None, contents.identity)?;
    sign::verify(&place(&sys), Some(&place(&cat)), contents.identity)?;
    sign::verify(&place(&cat), None, contents.identity)?;

    write(&place(CERTIFICATE), &certificate.der)?;
    Ok(vec![sys, inf, cat, CERTIFICATE.to_owned()])
}

/// That `folder` may be emptied: it holds an earlier package of the driver `name`, or nothing. A file of an earlier
/// package would be in none of the lists of this one.
///
/// # Errors
/// [`Error::Usage`]: it holds something else.
pub fn free(folder: &Path, name: &str) -> Result<(), Error> {
    let occupied = folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !folder.join(name).with_extension("inf").exists() {
        return Err(Error::Usage(format!(
            "{} holds something else than a package: name another folder by --out",
            folder.display()
        )));
    }
    Ok(())
}

/// The unsigned catalog of the signed `image` and the stamped INF.
fn list(name: &str, image: &[u8], inf: &str, seconds: u64) -> Result<Vec<u8>, Error> {
    let no_hash = || Error::Unsigned {
        path: format!("{name}.sys").into(),
        why: "it has no Authenticode hash".to_owned(),
    };
    let members = [
        Member {
            name: format!("{name}.sys"),
            kind: Kind::Image,
            sha1: authenticode_hash::<Sha1>(image).ok_or_else(no_hash)?,
            sha256: authenticode_hash::<Sha256>(image).ok_or_else(no_hash)?,
        },
        Member {
            name: format!("{name}.inf"),
            kind: Kind::Flat,
            sha1: Sha1::digest(inf).to_vec(),
            sha256: Sha256::digest(inf).to_vec(),
        },
    ];
    let hardware_id = hardware_id(inf).ok_or_else(|| Error::Unsigned {
        path: format!("{name}.inf").into(),
        why: "no model has a hardware ID".to_owned(),
    })?;
    catalog(&members, &hardware_id, seconds).map_err(|error| Error::Unsigned {
        path: format!("{name}.cat").into(),
        why: error.to_string(),
    })
}

/// The hardware ID of the INF's first model.
fn hardware_id(inf: &str) -> Option<String> {
    let inf = Inf::parse(inf).ok()?;
    let (_, model, _) = inf::rules::installs(&inf).into_iter().next()?;
    Some(model.field(1).to_owned()).filter(|id| !id.is_empty())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(Error::io(path))
}
