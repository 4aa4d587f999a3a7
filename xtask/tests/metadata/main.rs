//! The kernel's declarations, held against a source that they were not made from: Windows metadata.
//!
//! The crate `windows-bindgen` ships `Windows.Wdk.winmd` and `Windows.Win32.winmd`, which win32metadata makes of the same
//! kits on another way. Routines are compared by the width and the sign of each parameter and of the result, constants
//! and enumerators by their values. [`exceptions`] says where the metadata is wrong, and why. Metadata knows no WDF.

mod compare;
#[path = "../../../cross/wdk-build/src/embedded/data.rs"]
#[allow(dead_code, reason = "what the build script takes besides")]
mod data;
mod exceptions;
#[path = "../../../cross/wdk-build/src/embedded/signature.rs"]
#[allow(dead_code, reason = "what signatures.rs looks at besides")]
mod signature;

use std::{fs, path::PathBuf, process::Command};

use windows_metadata::reader::{File, Index};
use xtask::Workspace;

/// How many were compared when this was written. Fewer mean that something got lost.
const ROUTINES: usize = 1879;
const VALUES: usize = 7441;
const CONSTANTS: usize = 4936;
const ENUMERATORS: usize = 2256;

/// The folder in which the crate has its metadata.
fn folder() -> PathBuf {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(Workspace::find().unwrap().root())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let package = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "windows-bindgen")
        .expect("xtask depends on it");
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    manifest.with_file_name("default")
}

fn index() -> Index {
    let folder = folder();
    let files = ["Windows.Wdk.winmd", "Windows.Win32.winmd"].map(|name| {
        let path = folder.join(name);
        File::read(&path).unwrap_or_else(|| panic!("no metadata in {}", path.display()))
    });
    Index::new(files.into())
}

fn text() -> String {
    let root = Workspace::find().unwrap().root().to_path_buf();
    fs::read_to_string(root.join("cross/wdk-build/embedded/nt.txt")).unwrap()
}

fn compare(text: &str, index: &Index) -> compare::Comparison {
    let read = data::read("nt.txt", text, None).unwrap_or_else(|bad| panic!("{bad}"));
    let items: Vec<_> = read.into_iter().map(|(_, item)| item).collect();
    compare::compare(&items, index)
}

#[test]
fn the_kernels_declarations_are_what_windows_metadata_has() {
    let found = compare(&text(), &index());
    println!(
        "{} routines with {} parameters and results, {} constants, {} enumerators; {} exceptions",
        found.routines,
        found.values,
        found.constants,
        found.enumerators,
        exceptions::EXCEPTIONS
            .iter()
            .map(|(_, names)| names.len())
            .sum::<usize>()
    );
    assert!(found.differences.is_empty(), "{:#?}", found.differences);
    assert!(
        found.unused_exceptions.is_empty(),
        "{:?}",
        found.unused_exceptions
    );
    assert!(found.routines >= ROUTINES, "{} routines", found.routines);
    assert!(found.values >= VALUES, "{} values", found.values);
    assert!(
        found.constants >= CONSTANTS,
        "{} constants",
        found.constants
    );
    assert!(
        found.enumerators >= ENUMERATORS,
        "{} enumerators",
        found.enumerators
    );
}

#[test]
fn a_declaration_that_is_broken_is_named() {
    let (text, index) = (text(), index());
    for (from, to, name, says) in [
        (
            "fn WheaRemoveErrorSource(ErrorSourceId: ULONG) @",
            "fn WheaRemoveErrorSource(ErrorSourceId: ULONG) -> NTSTATUS @",
            "WheaRemoveErrorSource",
            "the result",
        ),
        (
            "fn KeStallExecutionProcessor(MicroSeconds: ULONG)",
            "fn KeStallExecutionProcessor(MicroSeconds: LONG)",
            "KeStallExecutionProcessor",
            "parameter 0",
        ),
        (
            "fn KeDelayExecutionThread(WaitMode: KPROCESSOR_MODE",
            "fn KeDelayExecutionThread(WaitMode: ULONG",
            "KeDelayExecutionThread",
            "parameter 0",
        ),
        (
            "fn ZwClose(Handle: HANDLE)",
            "fn ZwClose(Handle: HANDLE, Flags: ULONG)",
            "ZwClose",
            "2 parameters here",
        ),
        (
            "const PAGE_READWRITE: u32 = 4",
            "const PAGE_READWRITE: u32 = 8",
            "PAGE_READWRITE",
            "8 here",
        ),
        (
            " 1 SynchronizationEvent",
            " 2 SynchronizationEvent",
            "SynchronizationEvent",
            "2 here",
        ),
    ] {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let found = compare(&text.replace(from, to), &index).differences;
        let line = found
            .get(name)
            .unwrap_or_else(|| panic!("{name}: {found:?}"));
        assert!(line.contains(says), "{name}: {line}");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
