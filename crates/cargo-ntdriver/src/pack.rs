//! `cargo ntdriver package`: a driver of any author, built, signed and put into a folder.

use std::{fs, path::PathBuf};

use crate::{
    Error,
    build::{self, Options},
    command::{exists, step},
    folder,
    inf::{self, Stamp, Strictness},
    package::{Contents, Identity, archive, assemble, certificate, free, version},
    project::{Model, Project},
};

/// What to package.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The folder, instead of `ntdriver/package` in the target folder.
    pub out: Option<PathBuf>,
    /// A key and its certificate, instead of a test certificate.
    pub identity: Option<Identity>,
}

/// Builds the driver of `project` and makes the package, as a folder and a zip beside it; answers the folder.
///
/// # Errors
/// A program or the INF is missing; the INF breaks a rule; what [`build::build`] reports. What can be refused is refused
/// before minutes are spent and before anything is written.
pub fn pack(project: &Project, request: &Request) -> Result<PathBuf, Error> {
    ready()?;
    let name = &project.library;
    let inx = inf_of(project)?;
    for warning in inf::check(&inx, Strictness::default())? {
        eprintln!("{}:{warning}", inx.display());
    }
    let folder = request
        .out
        .clone()
        .unwrap_or_else(|| project.target.join("ntdriver").join("package").join(name));
    free(&folder, name)?;
    let version = version::version(
        project.folder(),
        &format!(
            "{}.{}.{}",
            project.version.major, project.version.minor, project.version.patch
        ),
    )?;
    if !version.dated {
        step(
            "There is no commit: DriverVer has today's date, and its version ends in 0. SOURCE_DATE_EPOCH gives another date",
        );
    }
    let identity = match &request.identity {
        Some(identity) => identity.clone(),
        None => certificate::test_identity(&data()?.join("signing"), "ntdriver test certificate")?,
    };
    certificate::read(&identity.certificate)?;
    let built = build::build(project, &Options::default())?;

    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let text = fs::read(&inx).map_err(Error::io(&inx))?;
    let (text, _) = inf::decode(&text);
    let stamp = Stamp {
        date: version.date,
        version: version.number,
        framework: match &project.model {
            Model::Kmdf(version) => Some(version.clone()),
            Model::Wdm => None,
        },
    };
    let contents = Contents {
        name,
        image: &built.sys,
        inx: &text,
        stamp: &stamp,
        seconds: version.seconds,
        identity: &identity,
    };
    let mut files = assemble(&folder, &contents)?;
    let pdb = format!("{name}.pdb");
    fs::copy(&built.pdb, folder.join(&pdb)).map_err(Error::io(&built.pdb))?;
    files.push(pdb);
    archive(&folder.with_extension("zip"), &folder, name, &files)?;
    Ok(folder)
}

/// That the programs that sign are there.
fn ready() -> Result<(), Error> {
    let missing = ["osslsigncode", "git"]
        .into_iter()
        .filter(|program| !exists(program))
        .map(|program| Error::Missing {
            what: program.to_owned(),
            how: format!("install the package {program}"),
        });
    Error::all(missing.collect())
}

/// The INF of the driver, stamped or not: it is named as the library, beside the manifest.
fn inf_of(project: &Project) -> Result<PathBuf, Error> {
    let beside = project.folder().join(&project.library);
    ["inx", "inf"]
        .into_iter()
        .map(|ending| beside.with_extension(ending))
        .find(|file| file.is_file())
        .ok_or_else(|| Error::Missing {
            what: format!("{}", beside.with_extension("inx").display()),
            how: "Windows installs a driver by its INF; `cargo ntdriver new` writes one to begin with"
                .to_owned(),
        })
}

/// The folder of this program among the user's data, which outlives a cache.
fn data() -> Result<PathBuf, Error> {
    folder::ours(
        "XDG_DATA_HOME",
        ".local/share",
        "a folder for the test certificate",
        "set HOME or XDG_DATA_HOME, or name a key by --key and --certificate",
    )
}
