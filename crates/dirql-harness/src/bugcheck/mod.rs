//! From a bugcheck's five numbers back to what happened: a Rust panic's `file:line`, a broken promise of the crate
//! `dirql`, and any parameter that is an address in the driver.
//!
//! | module | what it does |
//! |---|---|
//! | `panic_name` | finds the panic's file name in the image |
//! | `source` | reads files, lines and functions from the PDB |

mod panic_name;
mod source;

use std::fmt::Write as _;

pub use panic_name::{FileName, names};
pub use source::{Source, SourceError};

use image::RUST_PANIC;

/// A broken promise to the crate `dirql`: "DRQL".
pub const BROKEN_PROMISE: u32 = u32::from_be_bytes(*b"DRQL");

/// The five numbers of a stopped machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bugcheck {
    /// The code.
    pub code: u32,
    /// The parameters.
    pub parameters: [u64; 4],
}

/// What is known of the driver's build.
#[derive(Default)]
pub struct Build {
    /// The image file's bytes.
    pub image: Option<Vec<u8>>,
    /// Its PDB.
    pub source: Option<Source>,
    /// Where the kernel had loaded it.
    pub base: Option<u64>,
}

/// What a reader learns from `bugcheck`, with what is known of the build.
#[must_use]
pub fn decode(bugcheck: Bugcheck, build: &Build) -> String {
    let Bugcheck { code, parameters } = bugcheck;
    let mut text = match code {
        RUST_PANIC => panic(parameters, build),
        BROKEN_PROMISE => promise(parameters),
        _ => format!(
            "bugcheck {code:#010X}: not one of the driver's own; `!analyze -v` in a kernel debugger explains it\n"
        ),
    };
    places(parameters, build, &mut text);
    text
}

fn panic([name, length, line, column]: [u64; 4], build: &Build) -> String {
    let files = candidates(name, length, line, build);
    match &files[..] {
        [] => format!(
            "a Rust panic at line {line}, column {column} of a file whose name has {length} bytes: the image and \
             the PDB of the build that stopped tell which (--image, --pdb)\n"
        ),
        [file] => format!("a Rust panic at {file}:{line}:{column}\n"),
        several => {
            let mut text = format!(
                "a Rust panic at line {line}, column {column} of one of these files (the image, by --image, and its --base tell which):\n"
            );
            for file in several {
                let _ = writeln!(text, "  {file}:{line}:{column}");
            }
            text
        }
    }
}

/// The files that the panic may name: what stands in the image where the address can be, as far as the PDB has code at
/// that line of them.
fn candidates(name: u64, length: u64, line: u64, build: &Build) -> Vec<String> {
    let Ok(length) = usize::try_from(length) else {
        return Vec::new();
    };
    let in_image = build
        .image
        .as_ref()
        .map(|image| names(image, name, length, build.base));
    let Some(source) = &build.source else {
        return in_image
            .unwrap_or_default()
            .into_iter()
            .map(|name| name.0)
            .collect();
    };
    match in_image {
        Some(found) if found.len() == 1 => found.into_iter().map(|name| name.0).collect(),
        Some(found) if !found.is_empty() => {
            let mut names: Vec<String> = found.into_iter().map(|name| name.0).collect();
            let all = names.clone();
            names.retain(|name| source.lines().has(name, line));
            if names.is_empty() { all } else { names }
        }
        _ => source.lines().files_of_length(length, line),
    }
}

fn promise([reason, irql, third, fourth]: [u64; 4]) -> String {
    // dirql::Reason documents each.
    let what = match reason {
        1 => {
            "a connected interrupt was dropped above PASSIVE_LEVEL (3: its PKINTERRUPT, 4: its state)"
        }
        2 => {
            "IoConnectInterruptEx succeeded without an interrupt object (3: the version that came back, 4: the state)"
        }
        3 => "dirql::enter was called above its level (3: the highest IRQL of the level)",
        4 => "NT named no processor (3: the NTSTATUS)",
        5 => {
            "KeSynchronizeExecution did not run its routine on a passive-level interrupt (3: the PKINTERRUPT, 4: its state)"
        }
        6 => {
            "a registered PSHED plug-in was dropped above PASSIVE_LEVEL (3: its handle, 4: the plug-in)"
        }
        7 => {
            "PshedRegisterPlugin succeeded without a handle (3: the functional areas, 4: the plug-in)"
        }
        8 => {
            "a service routine of a passive-level interrupt was called above PASSIVE_LEVEL (3: the PKINTERRUPT, 4: its number)"
        }
        9 => {
            "KMDF disabled a framework interrupt whose gate the driver had left open, or deleted one above PASSIVE_LEVEL (3: the WDFINTERRUPT, 4: its context)"
        }
        _ => "a reason that this dirql does not know: use the one of the driver's package",
    };
    format!(
        "a promise to the crate dirql was broken, reason {reason}: {what}\n  at IRQL {irql}; parameters {third:#x}, {fourth:#x}\n"
    )
}

/// Names the parameters that are addresses in the driver.
fn places(parameters: [u64; 4], build: &Build, text: &mut String) {
    let (Some(base), Some(source)) = (build.base, &build.source) else {
        return;
    };
    for (index, parameter) in (1..).zip(parameters) {
        let rva = parameter
            .checked_sub(base)
            .and_then(|rva| u32::try_from(rva).ok());
        if let Some(place) = rva.and_then(|rva| source.place(rva)) {
            let _ = writeln!(text, "  parameter {index}, {parameter:#x}, is {place}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: u32, parameters: [u64; 4]) -> String {
        decode(Bugcheck { code, parameters }, &Build::default())
    }

    #[test]
    fn every_reason_of_the_adapter_is_known() {
        for reason in dirql::Reason::ALL {
            let text = text(dirql::BUGCHECK_CODE, [reason as u64, 2, 0, 0]);
            assert!(
                text.contains("reason") && !text.contains("does not know"),
                "{text}"
            );
        }
        assert!(text(dirql::BUGCHECK_CODE, [99, 0, 0, 0]).contains("does not know"));
    }

    #[test]
    fn a_panic_without_its_build_says_what_is_missing() {
        let text = text(RUST_PANIC, [0xffff_f801_2345_6780, 17, 42, 9]);
        assert!(
            text.contains("line 42, column 9") && text.contains("--pdb"),
            "{text}"
        );
    }

    #[test]
    fn a_foreign_code_is_said_to_be_one() {
        assert!(text(0xd1, [0; 4]).contains("0x000000D1"));
    }
}
