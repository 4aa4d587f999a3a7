//! What the instructions may not do.

use xtask::inspect::{Scope, imports_of_the_driver, inspect};

use crate::patient::Patient;

#[test]
fn access_to_cr8_is_refused() {
    for instruction in [
        [0x44, 0x0f, 0x20, 0xc0], // mov rax, cr8
        [0x44, 0x0f, 0x22, 0xc1], // mov cr8, rcx
    ] {
        let mut patient = Patient::new();
        patient.write(patient.padding(4), &instruction);
        assert_eq!(patient.rules(), ["cr8"]);
    }
    let mut cr3 = Patient::new();
    cr3.write(cr3.padding(3), &[0x0f, 0x20, 0xd8]); // mov rax, cr3
    assert_eq!(cr3.violations(), []);
}

#[test]
fn a_panic_in_a_release_image_is_refused() {
    let panicking = || {
        let mut patient = Patient::new();
        patient.write(patient.padding(5), &[0xb9, 0x43, 0x4e, 0x50, 0x52]); // mov ecx, 'RPNC'
        patient.healed_checksum()
    };
    assert_eq!(panicking().rules(), ["panic"]);
    // Debug images check for overflow and bounds, and panic.
    let list = imports_of_the_driver();
    assert_eq!(inspect(&panicking().0, &list, Scope::Other), []);

    let mut other = Patient::new();
    other.write(other.padding(5), &[0xb9, 0x52, 0x50, 0x4e, 0x43]); // mov ecx, 'CNPR'
    assert_eq!(other.violations(), []);
}

#[test]
fn code_that_cannot_be_read_is_refused() {
    let mut patient = Patient::new();
    patient.write(patient.padding(5), &[0x06]); // push es, gone in 64-bit mode
    assert_eq!(patient.rules(), ["undecodable"]);
}
