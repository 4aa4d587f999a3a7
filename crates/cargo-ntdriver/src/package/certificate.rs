//! The key and the certificate that sign a package.
//!
//! Without a key of the user's, a test certificate is made once and kept in a folder: machines that trust it go on
//! trusting the packages. The private key leaves that folder in no case.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use der::{Decode, DecodePem, Encode, oid::AssociatedOid};
use x509_cert::{Certificate, ext::pkix::ExtendedKeyUsage};

use crate::{
    Error,
    command::{capture, step},
};

/// `id-kp-codeSigning`.
const CODE_SIGNING: der::oid::ObjectIdentifier =
    der::oid::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
/// Ten years and the days of leap years.
const DAYS: &str = "3655";

/// What openssl is told about the certificate. Without a file of its own it would read the machine's, which adds
/// extensions that make an authority of it.
fn request(name: &str) -> String {
    format!(
        "\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = {name}
[extensions]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, codeSigning
subjectKeyIdentifier = hash
"
    )
}

/// A key and its certificate, both PEM files.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The private key.
    pub key: PathBuf,
    /// The certificate.
    pub certificate: PathBuf,
}

/// The test certificate in `folder`, made out to `name` if there is none yet.
///
/// # Errors
/// openssl is missing or fails; the folder cannot be written.
pub fn test_identity(folder: &Path, name: &str) -> Result<Identity, Error> {
    let identity = Identity {
        key: folder.join("test.key"),
        certificate: folder.join("test.pem"),
    };
    if !identity.certificate.exists() {
        step(&format!(
            "Making a test certificate in {}",
            folder.display()
        ));
        make(folder, name)?;
    }
    Ok(identity)
}

/// Makes the folder with the key and the certificate, or none of it: they are put in its place together, and where
/// another run was faster its pair stays.
fn make(folder: &Path, name: &str) -> Result<(), Error> {
    let unfinished = folder.with_extension(std::process::id().to_string());
    fs::create_dir_all(&unfinished).map_err(Error::io(&unfinished))?;
    let configuration = unfinished.join("request.cnf");
    fs::write(&configuration, request(name)).map_err(Error::io(&configuration))?;
    let made = capture(
        Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:3072", "-nodes", "-sha256"])
            .args(["-days", DAYS, "-config"])
            .arg(&configuration)
            .arg("-keyout")
            .arg(unfinished.join("test.key"))
            .arg("-out")
            .arg(unfinished.join("test.pem")),
    );
    let placed = made.and_then(|_| match fs::rename(&unfinished, folder) {
        Err(_) if folder.join("test.pem").exists() => Ok(()),
        renamed => renamed.map_err(Error::io(folder)),
    });
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::io(&unfinished))?;
    }
    placed
}

/// A certificate that may sign.
#[derive(Debug, Clone)]
pub struct Usable {
    /// Its DER.
    pub der: Vec<u8>,
    /// From when on it is valid, in seconds after 1970.
    pub valid_from: u64,
}

/// The first certificate in the PEM file `path`, once it is one that Windows lets sign code today.
///
/// # Errors
/// It is no certificate, not for code signing, or not valid now.
pub fn read(path: &Path) -> Result<Usable, Error> {
    let bad = |why: String| Error::Unsigned {
        path: path.to_path_buf(),
        why,
    };
    let text = fs::read_to_string(path).map_err(Error::io(path))?;
    let start = text.find("-----BEGIN CERTIFICATE-----");
    let end = text
        .find("-----END CERTIFICATE-----")
        .map(|at| at + "-----END CERTIFICATE-----".len());
    let pem = start.zip(end).and_then(|(start, end)| text.get(start..end));
    let pem = pem.ok_or_else(|| bad("there is no certificate in it".to_owned()))?;
    let certificate = Certificate::from_pem(pem).map_err(|error| bad(error.to_string()))?;
    let body = &certificate.tbs_certificate;

    let usages = body.extensions.iter().flatten();
    let signs_code = usages
        .filter(|extension| extension.extn_id == ExtendedKeyUsage::OID)
        .filter_map(|extension| ExtendedKeyUsage::from_der(extension.extn_value.as_bytes()).ok())
        .any(|usage| usage.0.contains(&CODE_SIGNING));
    if !signs_code {
        return Err(bad(
            "its extended key usage does not name code signing (1.3.6.1.5.5.7.3.3)".to_owned(),
        ));
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let valid = &body.validity;
    if now < valid.not_before.to_unix_duration() || valid.not_after.to_unix_duration() < now {
        return Err(bad(format!(
            "it is valid from {} to {} only",
            valid.not_before, valid.not_after
        )));
    }
    Ok(Usable {
        der: certificate
            .to_der()
            .map_err(|error| bad(error.to_string()))?,
        valid_from: valid.not_before.to_unix_duration().as_secs(),
    })
}
