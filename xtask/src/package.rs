//! `cargo xtask package`: what is copied to a Windows machine, as a folder and a zip.
//!
//! The order matters: the catalog holds the hashes of the final files, so the INF is stamped and the image signed first,
//! and the catalog is signed last. `cargo make` on Windows leaves the same files, by Microsoft's own tools.

mod archive;
mod catalog;
mod certificate;
mod harness;
mod sign;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::{Arg, ValueExt};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use image::{ImageFile, authenticode_hash};

use crate::{
    Error, Workspace,
    command::step,
    driver,
    inf::{self, Inf, stamp},
    inspect::{Scope, file_version},
    kit::Kit,
    needs::Need,
    recipe::Options,
    setup::{setup, setup_without_driver},
    toolchain::{Choice, Toolchain},
    version,
};
pub use catalog::{Kind, Member, catalog};
pub use certificate::Identity;
pub use harness::{TARGET as HARNESS_TARGET, build as harness_build, ready as harness_ready};
pub use sign::verify;

/// The driver's name, which all of its files have.
const NAME: &str = "dirql_driver";
/// The certificate's file, named as cargo-make's.
const CERTIFICATE: &str = "WDRLocalTestCert.cer";
/// The folder of the scripts.
const SCRIPTS: &str = "scripts";

/// What to package.
#[derive(Debug, Default)]
struct Request {
    choice: Choice,
    kit: Option<Kit>,
    out: Option<PathBuf>,
    key: Option<PathBuf>,
    certificate: Option<PathBuf>,
    /// An image that is built already.
    image: Option<PathBuf>,
}

/// `package [--toolchain CHOICE] [--kit FOLDER] [--out DIR] [--key FILE --certificate FILE] [--image FILE]`: prints the folder's path.
///
/// # Errors
/// As [`driver::build`]; an INF that breaks a rule; a program or a key that is missing.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut request = Request {
        kit: Kit::of_the_environment()?,
        ..Request::default()
    };
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("toolchain") => request.choice = arguments.value()?.parse()?,
            Arg::Long("kit") => request.kit = Some(Kit::at(arguments.value()?.as_ref())?),
            Arg::Long("out") => request.out = Some(arguments.value()?.into()),
            Arg::Long("key") => request.key = Some(arguments.value()?.into()),
            Arg::Long("certificate") => request.certificate = Some(arguments.value()?.into()),
            Arg::Long("image") => request.image = Some(arguments.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let folder = package(workspace, &request)?;
    println!("{}", folder.display());
    Ok(ExitCode::SUCCESS)
}

fn package(workspace: &Workspace, request: &Request) -> Result<PathBuf, Error> {
    let own = match (&request.key, &request.certificate) {
        (Some(key), Some(certificate)) => Some(Identity {
            key: key.clone(),
            certificate: certificate.clone(),
        }),
        (None, None) => None,
        _ => {
            return Err(Error::Usage(
                "--key and --certificate go together".to_owned(),
            ));
        }
    };
    // What can be refused is refused before minutes are spent and before anything is written.
    let inx = workspace
        .root()
        .join("inf")
        .join(NAME)
        .with_extension("inx");
    inf::check(&inx)?;
    let name = format!("{NAME}_package");
    let folder = match &request.out {
        Some(folder) => folder.clone(),
        None => workspace.target().join("package").join(&name),
    };
    free(&folder)?;
    let source = if let Some(sys) = &request.image {
        setup_without_driver(workspace, &[Need::Package])?;
        Source::Given(sys)
    } else {
        let kit = request.kit.as_ref().map(|_| Need::Kit);
        let needs: Vec<Need> = [Need::Package].into_iter().chain(kit).collect();
        Source::Built(
            setup(workspace, request.choice, &needs)?,
            request.kit.clone(),
        )
    };
    let version = version::version(workspace)?;
    let identity = match own {
        Some(identity) => identity,
        None => certificate::test_identity(workspace)?,
    };
    let certificate = certificate::read(&identity.certificate)?;
    let (sys, pdb) = image(workspace, &source)?;
    step("Building the harness for Windows");
    let harness = harness::build(workspace)?;

    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let place = |file: &str| folder.join(file);
    let copy = |from: &Path, file: &str| {
        fs::copy(from, place(file))
            .map(drop)
            .map_err(Error::io(from))
    };
    let file = |ending: &str| format!("{NAME}.{ending}");

    step("Stamping the INF");
    let text = fs::read_to_string(&inx).map_err(Error::io(&inx))?;
    let text = stamp(&text, &version.stamp);
    write(&place(&file("inf")), text.as_bytes())?;

    step("Signing the image");
    copy(&sys, &file("sys"))?;
    one_version(&place(&file("sys")), &version.stamp.version)?;
    // A certificate that was made after the commit signs when it is valid.
    let signing_time = version.seconds.max(certificate.valid_from);
    sign::sign(&place(&file("sys")), &identity, signing_time)?;

    step("Making and signing the catalog");
    let image = fs::read(place(&file("sys"))).map_err(Error::io(place(&file("sys"))))?;
    let unsigned = list(&image, &text, version.seconds)?;
    write(&place(&file("cat")), &unsigned)?;
    sign::sign(&place(&file("cat")), &identity, signing_time)?;
    sign::verify(&place(&file("sys")), None, &identity)?;
    sign::verify(&place(&file("sys")), Some(&place(&file("cat"))), &identity)?;
    sign::verify(&place(&file("cat")), None, &identity)?;

    copy(&pdb, &file("pdb"))?;
    copy(&harness, "dirql.exe")?;
    write(&place(CERTIFICATE), &certificate.der)?;
    let mut files: Vec<String> = ["sys", "inf", "cat", "pdb"].map(file).to_vec();
    files.extend(["dirql.exe".to_owned(), CERTIFICATE.to_owned()]);
    files.extend(scripts(workspace, &folder)?);
    archive::archive(&folder.with_extension("zip"), &folder, &name, &files)?;
    Ok(folder)
}

/// That the version of an image is the INF's.
fn one_version(sys: &Path, stamped: &str) -> Result<(), Error> {
    let bytes = fs::read(sys).map_err(Error::io(sys))?;
    let version = ImageFile::parse(&bytes)
        .ok()
        .and_then(|image| file_version(&image));
    if version.as_deref() == Some(stamped) {
        return Ok(());
    }
    Err(Error::Unsigned {
        path: sys.to_path_buf(),
        why: format!(
            "its version is {}, and DriverVer says {stamped}: build it from this commit",
            version.as_deref().unwrap_or("missing")
        ),
    })
}

/// Where the image comes from.
enum Source<'a> {
    /// It is built by this compiler, over this kit.
    Built(Toolchain, Option<Kit>),
    /// It is there.
    Given(&'a Path),
}

/// The image and its PDB, inspected wherever it comes from.
fn image(workspace: &Workspace, source: &Source<'_>) -> Result<(PathBuf, PathBuf), Error> {
    match source {
        Source::Built(toolchain, kit) => {
            let options = Options {
                kit: kit.clone(),
                ..Options::default()
            };
            let built = driver::build(workspace, toolchain, &options)?;
            Ok((built.sys, built.pdb))
        }
        Source::Given(sys) => {
            let bytes = fs::read(sys).map_err(Error::io(*sys))?;
            driver::judge(sys, &bytes, Scope::Other)?;
            Ok((sys.to_path_buf(), sys.with_extension("pdb")))
        }
    }
}

/// That `folder` may be emptied: it holds an earlier package, or nothing. A file of an earlier package would be in none of
/// the lists of this one.
fn free(folder: &Path) -> Result<(), Error> {
    let occupied = folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !folder.join(NAME).with_extension("inf").exists() {
        return Err(Error::Usage(format!(
            "{} holds something else than a package: name another folder by --out",
            folder.display()
        )));
    }
    Ok(())
}

/// The unsigned catalog of the signed `image` and the stamped INF.
fn list(image: &[u8], inf: &str, seconds: u64) -> Result<Vec<u8>, Error> {
    let no_hash = || Error::Unsigned {
        path: format!("{NAME}.sys").into(),
        why: "it has no Authenticode hash".to_owned(),
    };
    let members = [
        Member {
            name: format!("{NAME}.sys"),
            kind: Kind::Image,
            sha1: authenticode_hash::<Sha1>(image).ok_or_else(no_hash)?,
            sha256: authenticode_hash::<Sha256>(image).ok_or_else(no_hash)?,
        },
        Member {
            name: format!("{NAME}.inf"),
            kind: Kind::Flat,
            sha1: Sha1::digest(inf).to_vec(),
            sha256: Sha256::digest(inf).to_vec(),
        },
    ];
    let hardware_id = hardware_id(inf).ok_or_else(|| Error::Unsigned {
        path: format!("{NAME}.inf").into(),
        why: "no model has a hardware ID".to_owned(),
    })?;
    catalog(&members, &hardware_id, seconds).map_err(|error| Error::Unsigned {
        path: format!("{NAME}.cat").into(),
        why: error.to_string(),
    })
}

/// The hardware ID of the INF's first model.
fn hardware_id(inf: &str) -> Option<String> {
    let inf = Inf::parse(inf).ok()?;
    let (_, model, _) = inf::rules::installs(&inf).into_iter().next()?;
    Some(model.field(1).to_owned()).filter(|id| !id.is_empty())
}

/// Copies the scripts, and answers their names within `folder`.
fn scripts(workspace: &Workspace, folder: &Path) -> Result<Vec<String>, Error> {
    let from = workspace.root().join(SCRIPTS);
    let to = folder.join(SCRIPTS);
    fs::create_dir_all(&to).map_err(Error::io(&to))?;
    let mut names = Vec::new();
    for entry in fs::read_dir(&from).map_err(Error::io(&from))? {
        let name = entry.map_err(Error::io(&from))?.file_name();
        let text = fs::read_to_string(from.join(&name)).map_err(Error::io(from.join(&name)))?;
        write(&to.join(&name), text.replace('\n', "\r\n").as_bytes())?;
        names.push(format!("{SCRIPTS}/{}", name.to_string_lossy()));
    }
    names.sort();
    Ok(names)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(Error::io(path))
}
