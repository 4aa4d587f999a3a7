//! The instructions of the image: none may touch cr8.
//!
//! On x64 the IRQL lives in cr8. A driver that writes it leaves the kernel, and the simulator's rules, without a say.

use iced_x86::{Decoder, DecoderOptions, Instruction, OpKind, Register};
use object::LittleEndian as LE;

use super::{Image, Violation};

/// Decodes every executable section from end to end.
///
/// Bytes that are no instruction are a violation of their own: behind them the sweep might be out of step.
pub(super) fn check(image: &Image<'_>, violations: &mut Vec<Violation>) {
    for section in image.executable_sections() {
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
        }
    }
}

fn touches_cr8(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| {
        instruction.op_kind(operand) == OpKind::Register
            && instruction.op_register(operand) == Register::CR8
    })
}
