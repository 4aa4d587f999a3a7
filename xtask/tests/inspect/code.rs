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

/// The image with an instruction in its padding.
fn with(instruction: &[u8]) -> Patient {
    let mut patient = Patient::new();
    patient.write(patient.padding(instruction.len()), instruction);
    patient
}

#[test]
fn registers_that_nt_does_not_keep_are_refused() {
    for instruction in [
        &[0xd9, 0xe8][..],         // fld1
        &[0x0f, 0x77],             // emms
        &[0x0f, 0xfe, 0xc1],       // paddd mm0, mm1
        &[0xc5, 0xf4, 0x58, 0xc2], // vaddps ymm0, ymm1, ymm2
        &[0xc5, 0xf8, 0x77],       // vzeroupper
        &[0xc5, 0xf0, 0x58, 0xc2], // vaddps xmm0, xmm1, xmm2
    ] {
        assert_eq!(with(instruction).rules(), ["registers"], "{instruction:x?}");
    }
    for instruction in [
        &[0x0f, 0x58, 0xc1][..],         // addps xmm0, xmm1
        &[0xc4, 0xe2, 0x70, 0xf2, 0xc2], // andn eax, ecx, edx
    ] {
        assert_eq!(with(instruction).violations(), [], "{instruction:x?}");
    }
}

#[test]
fn an_image_that_saves_those_registers_may_use_them() {
    for routine in ["KeSaveExtendedProcessorState", "KeSaveFloatingPointState"] {
        let mut patient = with(&[0xd9, 0xe8]);
        let at = patient.find(b"KeRevertToUserGroupAffinityThread\0");
        patient.write(at, routine.as_bytes());
        patient.write(at + routine.len(), &[0]);
        assert_eq!(
            patient.rules(),
            ["unexpected-import", "stale-allowance"],
            "{routine}"
        );
    }
}
