//! The INFs: stamping, and a part of the rules of Microsoft's `InfVerif`, of which the text decides each.
//!
//! [`decode`] reads, [`text`] parses, [`rules`] judge, each [`Finding`] carries the rule's number or name, and [`exceptions`] are what an INF
//! beside the main package's may state. `InfVerif` itself, which comes with the WDK, has the last word: on Windows
//! `cargo make` runs it.

mod encoding;
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

pub use encoding::decode;
pub use finding::{Code, Finding, Level, NOT_CHECKED, Rule};
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
    let own = all(workspace)?;
    let mut bad = None;
    for file in &files {
        // The project's own INFs have no warnings either.
        let strict = own.iter().any(|known| same(known, file));
        match judge_file(file, strict) {
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

/// Which rules are checked and which are not, as lines for a person.
#[must_use]
pub fn coverage() -> String {
    let join = |of: fn(Code) -> Option<String>| {
        let codes = Rule::ALL.iter().filter_map(|rule| of(rule.code()));
        codes.collect::<Vec<_>>().join(", ")
    };
    let numbers = join(|code| match code {
        Code::InfVerif(number) => Some(number.to_string()),
        _ => None,
    });
    let tests = join(|code| match code {
        Code::Inf2Cat(test) => Some(test.to_owned()),
        _ => None,
    });
    let names = join(|code| match code {
        Code::Ours(name) => Some(name.to_owned()),
        _ => None,
    });
    let not: Vec<String> = NOT_CHECKED.iter().map(u16::to_string).collect();
    format!(
        "checked: InfVerif {numbers}; Inf2Cat {tests}; ours {names}\n\
         not checked: InfVerif {} and every other number; InfVerif has the last word",
        not.join(", ")
    )
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

/// Checks the INF `file`, stamped first if it is not yet; a warning is a breach too.
///
/// # Errors
/// [`Error::Inf`] with every breach; a file that cannot be read.
pub fn check(file: &Path) -> Result<(), Error> {
    judge_file(file, true).map(drop)
}

/// The warnings of the INF `file`; with `strict`, a warning is a breach.
fn judge_file(file: &Path, strict: bool) -> Result<Vec<String>, Error> {
    let bytes = fs::read(file).map_err(Error::io(file))?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let inx = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("inx"));
    let (findings, bad) = findings(&stem, &bytes, inx);
    let errors = findings
        .iter()
        .any(|finding| finding.rule.level() == Level::Error);
    let fails = errors || bad.is_some() || (strict && !findings.is_empty());
    let mut said: Vec<String> = findings.iter().map(ToString::to_string).collect();
    said.extend(bad);
    if fails {
        return Err(Error::Inf {
            path: file.to_path_buf(),
            broken: said,
        });
    }
    Ok(said)
}

/// What is wrong with the text of the INF `stem`, stamped first, as lines for a person: errors and warnings.
#[must_use]
pub fn judge(stem: &str, text: &str) -> Vec<String> {
    let (findings, bad) = findings(stem, text.as_bytes(), true);
    let mut broken: Vec<String> = findings.iter().map(ToString::to_string).collect();
    broken.extend(bad);
    broken
}

/// The findings in the bytes of the INF `stem`, without those that it excepts, and a bad exception.
fn findings(stem: &str, bytes: &[u8], inx: bool) -> (Vec<Finding>, Option<String>) {
    let (text, mut findings) = decode(bytes);
    let any = Stamp {
        date: "01/01/2020".to_owned(),
        version: "1.0.0.0".to_owned(),
    };
    // Visual Studio stamps files of either ending.
    let unstamped = inx
        || ["$ARCH$", "$KMDFVERSION$"]
            .iter()
            .any(|mark| text.contains(mark));
    let stamped = if unstamped {
        stamp(&text, &any)
    } else {
        text.clone()
    };
    let (inf, unreadable) = Inf::read(&stamped);
    findings.extend(unreadable);
    findings.extend(rules::check(&inf));
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    let bad = exceptions::except(stem, &text, &mut findings).err();
    (
        findings,
        bad.map(|bad| format!("{}: {}", bad.line, bad.why)),
    )
}
