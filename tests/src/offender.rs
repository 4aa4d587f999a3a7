//! How to talk to the guest `offender`, and where its source says that it breaks a rule.

use std::{fs, path::Path};

use ntsim::{Failure, Status};

use crate::session::Session;

#[path = "../guests/offender/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// The rules that the guest can break and keep.
pub const DEEDS: &[&str] = &protocol::DEEDS;

/// The control code that breaks a rule.
#[must_use]
pub fn breaks(name: &str) -> u32 {
    protocol::breaks(name)
}

/// The control code that does the same work and keeps the rule.
#[must_use]
pub fn keeps(name: &str) -> u32 {
    protocol::keeps(name)
}

/// What an exhibit answers.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses.
pub fn exhibit(session: &mut Session, name: &str) -> Result<u32, Failure> {
    let completion = session.control(protocol::exhibit(name), &[], 4)?;
    assert_eq!(completion.status, Status::SUCCESS, "the exhibit {name}");
    Ok(answer(&completion.output))
}

/// The control code of what is done with programs.
#[must_use]
pub fn program(name: &str) -> u32 {
    protocol::program(name)
}

/// The control code of an exhibit.
#[must_use]
pub fn exhibit_code(name: &str) -> u32 {
    protocol::exhibit(name)
}

/// The number in an output.
///
/// # Panics
///
/// Where the output is no number.
#[must_use]
pub fn answer(output: &[u8]) -> u32 {
    let bytes = output.try_into().expect("an answer has four bytes");
    u32::from_le_bytes(bytes)
}

/// Where the guest's source breaks a rule: `src/FILE:LINE` of the line below `breaks: NAME`.
///
/// # Panics
///
/// Where the source has no such comment, or more than one.
#[must_use]
pub fn line_that_breaks(name: &str) -> String {
    line_in("offender", name)
}

/// The same, in the source of any guest.
pub(crate) fn line_in(guest: &str, name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("guests")
        .join(guest);
    let mut found = Vec::new();
    collect(
        &root,
        Path::new("src"),
        &format!("// breaks: {name}"),
        &mut found,
    );
    match &found[..] {
        [one] => one.clone(),
        _ => panic!("the comment `breaks: {name}` stands at {found:?}"),
    }
}

fn collect(root: &Path, folder: &Path, comment: &str, found: &mut Vec<String>) {
    let entries = fs::read_dir(root.join(folder)).expect("the guest's source is here");
    for entry in entries {
        let entry = entry.expect("a folder can be read to its end");
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            collect(root, &path, comment, found);
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("a source file can be read");
        for (index, line) in text.lines().enumerate() {
            if line.trim() == comment {
                // Lines count from 1, and it is the next one.
                let path = path.to_string_lossy().replace('\\', "/");
                found.push(format!("{path}:{}", index + 2));
            }
        }
    }
}
