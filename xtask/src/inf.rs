//! The INFs: stamping, and a part of the rules of Microsoft's `InfVerif`, of which the text decides each.
//!
//! [`text`] parses, [`rules`] judge, each [`Finding`] carries `InfVerif`'s number, and [`exceptions`] are what an INF
//! beside the main package's may state. `InfVerif` itself, which comes with the WDK, has the last word: on Windows
//! `cargo make` runs it.

pub mod exceptions;
mod finding;
pub mod rules;
mod stamp;
pub mod text;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::Arg;

pub use finding::{Finding, Rule};
pub use stamp::{Stamp, stamp};
pub use text::{Entry, Inf, Section};

use crate::{Error, Workspace};

/// `check-inf [FILE...]`: all of `inf/` without a file.
///
/// # Errors
/// A rule is broken; a file cannot be read; a bad command line.
pub fn command(workspace: &Workspace, arguments: &mut lexopt::Parser) -> Result<ExitCode, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Value(file) => files.push(file.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if files.is_empty() {
        files = all(workspace)?;
    }
    for file in &files {
        check(file)?;
        println!("{}: keeps all {} rules", file.display(), Rule::ALL.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// Every INF of the repository, in the order of the names.
///
/// # Errors
/// The folder cannot be read.
pub fn all(workspace: &Workspace) -> Result<Vec<PathBuf>, Error> {
    let folder = workspace.root().join("inf");
    let entries = fs::read_dir(&folder).map_err(Error::io(&folder))?;
    let mut files = Vec::new();
    for entry in entries {
        files.push(entry.map_err(Error::io(&folder))?.path());
    }
    files.retain(|file| file.extension().is_some_and(|ending| ending == "inx"));
    files.sort();
    Ok(files)
}

/// Checks the INF `file`, stamped first if it is an `.inx`.
///
/// # Errors
/// [`Error::Inf`] with every breach; a file that cannot be read.
pub fn check(file: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(file).map_err(Error::io(file))?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let broken = judge(&stem, &text);
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::Inf {
        path: file.to_path_buf(),
        broken,
    })
}

/// What is wrong with the text of the INF `stem`, as lines for a person.
#[must_use]
pub fn judge(stem: &str, text: &str) -> Vec<String> {
    let any = Stamp {
        date: "01/01/2020".to_owned(),
        version: "1.0.0.0".to_owned(),
    };
    let mut findings = match Inf::parse(&stamp(text, &any)) {
        Ok(inf) => rules::check(&inf),
        Err(finding) => vec![finding],
    };
    let excepted = exceptions::except(stem, text, &mut findings);
    let mut broken: Vec<String> = findings.iter().map(ToString::to_string).collect();
    broken.extend(
        excepted
            .err()
            .map(|bad| format!("{}: {}", bad.line, bad.why)),
    );
    broken
}
