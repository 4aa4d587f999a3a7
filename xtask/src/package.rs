//! `cargo xtask package`: what is copied to a Windows machine, as a folder and a zip.
//!
//! INF, image and catalog come from [`ntdriver::package`]. `cargo make` on Windows leaves the same files, by Microsoft's
//! own tools.

mod harness;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use image::ImageFile;
use lexopt::{Arg, ValueExt};
use ntdriver::{
    inf::Stamp,
    package::{Contents, archive, assemble, certificate, free, version},
};

use crate::{
    Error, Workspace,
    command::step,
    driver, inf,
    inspect::{EXPECTED_BINDING, Scope, file_version},
    kit::Kit,
    needs::Need,
    recipe::Options,
    setup::{setup, setup_without_driver},
    toolchain::{Choice, Toolchain},
};
pub use harness::{TARGET as HARNESS_TARGET, build as harness_build, ready as harness_ready};
pub use ntdriver::package::{Identity, Kind, Member, catalog, verify};

/// The driver's name, which all of its files have.
const NAME: &str = "dirql_driver";
/// The folder of the test certificate, in the repository; git ignores it.
const SIGNING: &str = ".signing";
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
    free(&folder, NAME)?;
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
    let version = version::version(workspace.root(), env!("CARGO_PKG_VERSION"))?;
    if !version.dated {
        step("There is no commit: DriverVer has today's date, and its version ends in 0");
    }
    let identity = match own {
        Some(identity) => identity,
        None => {
            certificate::test_identity(&workspace.root().join(SIGNING), "dirql test certificate")?
        }
    };
    // One that may not sign is refused before the builds.
    certificate::read(&identity.certificate)?;
    let (sys, pdb) = image(workspace, &source)?;
    step("Building the harness for Windows");
    let harness = harness::build(workspace)?;

    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let text = fs::read_to_string(&inx).map_err(Error::io(&inx))?;
    let stamp = Stamp {
        date: version.date,
        version: version.number,
        framework: Some(format!(
            "{}.{}",
            EXPECTED_BINDING.major, EXPECTED_BINDING.minor
        )),
    };
    let contents = Contents {
        name: NAME,
        image: &sys,
        inx: &text,
        stamp: &stamp,
        seconds: version.seconds,
        identity: &identity,
    };
    one_version(&sys, &stamp.version)?;
    let mut files = assemble(&folder, &contents)?;
    let mut copy = |from: &Path, file: String| {
        let to = folder.join(&file);
        files.push(file);
        fs::copy(from, to).map(drop).map_err(Error::io(from))
    };
    copy(&pdb, format!("{NAME}.pdb"))?;
    copy(&harness, "dirql.exe".to_owned())?;
    files.extend(licences(workspace, &folder)?);
    files.extend(scripts(workspace, &folder)?);
    archive(&folder.with_extension("zip"), &folder, &name, &files)?;
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

/// Copies what says under which licences the package is, and answers the names of the files.
fn licences(workspace: &Workspace, folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"] {
        let from = workspace.root().join(name);
        let text = fs::read_to_string(&from).map_err(Error::io(&from))?;
        let file = format!("{name}.txt");
        write(&folder.join(&file), text.replace('\n', "\r\n").as_bytes())?;
        names.push(file);
    }
    Ok(names)
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
