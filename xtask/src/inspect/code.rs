//! The instructions of the image: none may touch cr8, and in a release image none may belong to a panic.
//!
//! On x64 the IRQL lives in cr8. A driver that writes it leaves the kernel, and the simulator's rules, without a say.
//!
//! A panic in a driver stops the machine. Where the optimizer has proved that nothing panics, the linker drops the panic
//! handler of wdk-panic, and with it the one place that names its bug check.

use iced_x86::{Decoder, DecoderOptions, Instruction, OpKind, Register};
use image::{ImageFile, RUST_PANIC, is_executable};
use object::LittleEndian as LE;

use super::{Scope, Violation};

/// Decodes every executable section from end to end.
///
/// Bytes that are no instruction are a violation of their own: behind them the sweep might be out of step.
pub(super) fn check(image: &ImageFile<'_>, scope: Scope, violations: &mut Vec<Violation>) {
    for section in image.sections().filter(|section| is_executable(section)) {
        let start = section.virtual_address.get(LE);
        let bytes = image.section_bytes(section);
        let mut decoder = Decoder::with_ip(64, bytes, u64::from(start), DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        while decoder.can_decode() {
            decoder.decode_out(&mut instruction);
            let rva = u32::try_from(instruction.ip()).unwrap_or(u32::MAX);
            if instruction.is_invalid() {
                violations.push(Violation::Undecodable { rva });
                break;
            }
            if touches_cr8(&instruction) {
                violations.push(Violation::Cr8 { rva });
            }
            if scope != Scope::Other && names_the_panic(&instruction) {
                violations.push(Violation::Panic { rva });
            }
        }
    }
}

fn touches_cr8(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| {
        instruction.op_kind(operand) == OpKind::Register
            && instruction.op_register(operand) == Register::CR8
    })
}

fn names_the_panic(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| {
        instruction
            .try_immediate(operand)
            .is_ok_and(|value| value == u64::from(RUST_PANIC))
    })
}
