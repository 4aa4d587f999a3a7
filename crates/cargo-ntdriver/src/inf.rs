//! The INFs: stamping, and a part of the rules of Microsoft's `InfVerif`, of which the text decides each.
//!
//! [`decode`] reads, [`text`] parses, [`rules`] judge, each [`Finding`] carries the rule's number or name, and [`exceptions`] are what an INF
//! may state. `InfVerif` itself, which comes with the WDK, has the last word.

mod encoding;
pub mod exceptions;
mod finding;
pub mod rules;
mod stamp;
pub mod text;

use std::{fs, path::Path};

pub use encoding::decode;
pub use finding::{Code, Finding, Level, NOT_CHECKED, Rule};
pub use stamp::{Stamp, stamp};
pub use text::{Entry, Inf, Section};

use crate::Error;

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

/// How strictly an INF is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strictness {
    /// A warning is a breach too.
    pub warnings: bool,
    /// The INF may state no exceptions.
    pub no_exceptions: bool,
}

/// Checks the INF `file`, stamped first if it is not yet, and answers its warnings.
///
/// # Errors
/// [`Error::Inf`] with every breach; a file that cannot be read.
pub fn check(file: &Path, strictness: Strictness) -> Result<Vec<String>, Error> {
    let bytes = fs::read(file).map_err(Error::io(file))?;
    let inx = file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("inx"));
    let (findings, bad) = findings(&bytes, inx, strictness);
    let errors = findings
        .iter()
        .any(|finding| finding.rule.level() == Level::Error);
    let fails = errors || bad.is_some() || (strictness.warnings && !findings.is_empty());
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

/// What is wrong with the text of an INF, stamped first, as lines for a person: errors and warnings.
#[must_use]
pub fn judge(text: &str, strictness: Strictness) -> Vec<String> {
    let (findings, bad) = findings(text.as_bytes(), true, strictness);
    let mut broken: Vec<String> = findings.iter().map(ToString::to_string).collect();
    broken.extend(bad);
    broken
}

/// The findings in the bytes of an INF, without those that it excepts, and a bad exception.
fn findings(bytes: &[u8], inx: bool, strictness: Strictness) -> (Vec<Finding>, Option<String>) {
    let (text, mut findings) = decode(bytes);
    let any = Stamp {
        date: "01/01/2020".to_owned(),
        version: "1.0.0.0".to_owned(),
        framework: Some("1.31".to_owned()),
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
    let bad = exceptions::except(&text, strictness.no_exceptions, &mut findings).err();
    (
        findings,
        bad.map(|bad| format!("{}: {}", bad.line, bad.why)),
    )
}
