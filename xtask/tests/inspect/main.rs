//! Each inspection rule speaks up when, and only when, the built image is damaged in its way.

mod code;
mod imports;
mod patient;
mod sections;
#[path = "../support/mod.rs"]
mod support;
mod tables;

use std::{fs, process::Command};

use image::ImageFile;
use patient::{Patient, optional};
use xtask::inspect::{
    Binding, MARK, Scope, Violation, imports_of_the_driver, inspect, inspect_over_kit,
};

#[test]
fn the_built_image_breaks_no_rule() {
    let violations = inspect(&support::image(), &imports_of_the_driver(), Scope::Release);
    assert_eq!(violations, []);
}

#[test]
fn the_built_image_binds_kmdf_1_31() {
    let bytes = support::image();
    let binding = Binding::read(&ImageFile::parse(&bytes).unwrap());
    assert_eq!(
        binding,
        Some(Binding {
            major: 1,
            minor: 31,
            functions: 458,
            minimum: Some(31)
        })
    );
}

#[test]
fn what_is_no_pe32_plus_file_is_refused() {
    for bytes in [&b""[..], b"MZ", &support::image()[..0x80]] {
        let violations = inspect(bytes, &imports_of_the_driver(), Scope::Release);
        assert_eq!(violations[0].rule(), "pe32-plus");
    }
    let mut pe32 = Patient::new();
    pe32.write(pe32.optional(optional::MAGIC), &0x10b_u16.to_le_bytes());
    assert_eq!(pe32.rules(), ["pe32-plus"]);
}

#[test]
fn another_machine_is_refused() {
    let mut arm64 = Patient::new();
    arm64.write(arm64.file_header(), &0xaa64_u16.to_le_bytes());
    assert_eq!(arm64.violations(), [Violation::Machine(0xaa64)]);
}

#[test]
fn a_user_mode_image_is_refused() {
    let mut console = Patient::new();
    console.write(console.optional(optional::SUBSYSTEM), &3_u16.to_le_bytes());
    assert_eq!(console.violations(), [Violation::Subsystem(3)]);
}

#[test]
fn another_entry_point_is_refused() {
    let mut elsewhere = Patient::new();
    let at = elsewhere.optional(optional::ENTRY_POINT);
    let entry = elsewhere.u32(at);
    elsewhere.write(at, &(entry + 1).to_le_bytes());
    assert_eq!(
        elsewhere.violations(),
        [Violation::Entry {
            entry: entry + 1,
            expected: "FxDriverEntry",
            export: Some(entry)
        }]
    );
}

#[test]
fn an_image_over_a_kit_is_entered_where_the_pdb_has_the_librarys_entry() {
    let list = imports_of_the_driver();
    let bytes = support::image();
    assert_eq!(inspect_over_kit(&bytes, Some("FxDriverEntry"), &list), []);
    for found in [None, Some("DriverEntry")] {
        let violations = inspect_over_kit(&bytes, found, &list);
        assert!(
            matches!(
                &violations[..],
                [Violation::EntrySymbol { expected: "FxDriverEntry", found: named, .. }]
                    if named.as_deref() == found
            ),
            "{violations:?}"
        );
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut bytes = support::image();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let violations = inspect(&bytes, &imports_of_the_driver(), Scope::Release);
    assert!(
        matches!(violations[..], [Violation::Checksum { stored, computed }] if stored != computed)
    );
}

#[test]
fn a_missing_mark_is_refused() {
    for (bit, expected) in [
        (0x0100, Violation::NoExecute),
        (0x0040, Violation::DynamicBase),
        (0x0020, Violation::HighEntropy),
        (0x0080, Violation::ForceIntegrity),
    ] {
        let mut patient = Patient::new();
        patient.unmark(bit);
        assert_eq!(patient.violations(), [expected]);
    }
}

#[test]
fn a_mutant_is_refused() {
    let mut export = Patient::new();
    let at = export.find(b"WdfStructures\0");
    export.write(at, b"DIRQL_MUTANT\0\0");
    assert_eq!(export.violations(), [Violation::Export(MARK.to_owned())]);
}

#[test]
fn another_kmdf_version_is_refused() {
    // Major, minor and build of the version, and the number of functions.
    let version = [1_u32, 31, 0, 458].map(u32::to_le_bytes).concat();
    let mut newer = Patient::new();
    let at = newer.find(&version);
    newer.write(at + 4, &33_u32.to_le_bytes());
    assert_eq!(newer.rules(), ["kmdf-binding"]);

    let mut fewer = Patient::new();
    fewer.write(at + 12, &453_u32.to_le_bytes());
    assert_eq!(fewer.rules(), ["kmdf-binding"]);
}

#[test]
fn an_image_without_a_kmdf_binding_is_refused() {
    let name: Vec<u8> = "KmdfLibrary\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut patient = Patient::new();
    let at = patient.find(&name);
    patient.write(at, b"k");
    assert_eq!(patient.violations(), [Violation::NoBinding]);
}

#[test]
fn the_command_refuses_a_bad_file_and_names_the_rule() {
    let run = |path: &std::path::Path| {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("inspect")
            .arg(path)
            .output()
            .unwrap()
    };
    assert!(run(&support::image_path()).status.success());

    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("unmarked.sys");
    let mut patient = Patient::new();
    patient.unmark(0x0100);
    fs::write(&path, patient.healed_checksum().0).unwrap();
    let refused = run(&path);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("nx: "), "{message}");
}
