//! `cargo xtask check-inf`: the repository's INFs, by the rules of [`ntdriver::inf`].
//!
//! On Windows `cargo make` runs `InfVerif` itself, which has the last word.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use lexopt::Arg;
use ntdriver::inf::{self, Strictness, coverage};

use crate::{Error, Workspace};

/// The main package's INF, by the name of its file without the ending: it states no exceptions.
const MAIN: &str = "dirql_driver";

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
    let own = all(workspace)?;
    let mut bad = None;
    for file in &files {
        // The project's own INFs have no warnings either.
        let strict = own.iter().any(|known| same(known, file));
        match inf::check(file, strictness(file, strict)) {
            Ok(warnings) => {
                for warning in &warnings {
                    println!("{}:{warning}", file.display());
                }
                println!("{}: keeps all rules that are checked", file.display());
            }
            // The others are judged too.
            Err(error) => {
                if let Some(before) = bad.replace(error) {
                    eprintln!("{before}");
                }
            }
        }
    }
    println!("{}", coverage());
    bad.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// How the INF `file` is judged; `warnings` are breaches of the project's own.
fn strictness(file: &Path, warnings: bool) -> Strictness {
    let stem = file.file_stem().unwrap_or_default();
    Strictness {
        warnings,
        no_exceptions: stem.eq_ignore_ascii_case(MAIN),
    }
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

/// Checks the project's INF `file`, stamped first if it is not yet; a warning is a breach too.
///
/// # Errors
/// [`Error::Inf`] with every breach; a file that cannot be read.
pub fn check(file: &Path) -> Result<(), Error> {
    inf::check(file, strictness(file, true)).map(drop)
}

/// What is wrong with the text of the INF `stem`, stamped first, as lines for a person: errors and warnings.
#[must_use]
pub fn judge(stem: &str, text: &str) -> Vec<String> {
    inf::judge(text, strictness(Path::new(stem), true))
}
