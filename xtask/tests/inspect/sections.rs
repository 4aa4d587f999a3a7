//! The sections and what the loader does with them.

use xtask::inspect::Violation;

use crate::patient::{EXECUTE, Patient, WRITE, directory, optional};

#[test]
fn an_image_without_relocations_is_refused() {
    let mut fixed = Patient::new();
    let at = fixed.directory(directory::BASE_RELOCATIONS);
    fixed.write(at, &[0; 8]);
    assert_eq!(fixed.violations(), [Violation::DynamicBase]);
}

#[test]
fn writable_code_is_refused() {
    let mut patient = Patient::new();
    let at = patient.section(".text") + 36;
    let flags = patient.u32(at) | WRITE;
    patient.write(at, &flags.to_le_bytes());
    assert_eq!(
        patient.violations(),
        [Violation::WritableCode(".text".to_owned())]
    );
}

#[test]
fn executable_data_is_refused() {
    let mut patient = Patient::new();
    let at = patient.section(".data") + 36;
    let flags = patient.u32(at) | EXECUTE;
    patient.write(at, &flags.to_le_bytes());
    let violations = patient.violations();
    assert!(
        violations.contains(&Violation::WritableCode(".data".to_owned())),
        "{violations:?}"
    );
}

#[test]
fn sections_off_the_page_are_refused() {
    let mut small = Patient::new();
    small.write(
        small.optional(optional::SECTION_ALIGNMENT),
        &512_u32.to_le_bytes(),
    );
    assert_eq!(small.rules(), ["alignment"]);

    let mut shifted = Patient::new();
    let at = shifted.section(".pdata") + 12;
    let rva = shifted.u32(at);
    shifted.write(at, &(rva + 16).to_le_bytes());
    assert_eq!(shifted.rules(), ["alignment"]);
}

#[test]
fn an_import_table_in_code_is_refused() {
    let mut patient = Patient::new();
    let text = patient.u32(patient.section(".text") + 12);
    patient.write(
        patient.directory(directory::IMPORT_ADDRESSES),
        &text.to_le_bytes(),
    );
    assert_eq!(
        patient.violations(),
        [Violation::ImportsInCode(".text".to_owned())]
    );
}
