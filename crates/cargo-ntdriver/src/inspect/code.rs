//! The instructions of the image: none may touch cr8 or the registers that NT does not keep, and where the author promises it
//! none may belong to a panic.
//!
//! On x64 the IRQL lives in cr8. A driver that writes it leaves the kernel, and the simulator's rules, without a say.
//!
//! NT keeps the registers of SSE for kernel code on x64, and no others: x87, MMX and AVX are a thread's of user mode, unless the
//! driver saves them by `KeSaveExtendedProcessorState` or `KeSaveFloatingPointState` ("Using Floating Point or MMX in a WDM
//! Driver"). A service routine may not even do that.
//!
//! A panic in a driver stops the machine. Where the optimizer has proved that nothing panics, the linker drops the panic
//! handler of wdk-panic, and with it the one place that names its bug check.

use iced_x86::{
    CpuidFeature, Decoder, DecoderOptions, EncodingKind, Instruction, OpKind, Register,
};
use image::{ImageFile, RUST_PANIC, is_executable};
use object::LittleEndian as LE;

use super::Violation;

/// Decodes every executable section from end to end.
///
/// Bytes that are no instruction are a violation of their own: behind them the sweep might be out of step.
pub(super) fn check(image: &ImageFile<'_>, panic_free: bool, violations: &mut Vec<Violation>) {
    let saves = saves_registers(image);
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
            if !saves && uses_registers_of_user_mode(&instruction) {
                violations.push(Violation::Registers {
                    rva,
                    instruction: format!("{:?}", instruction.mnemonic()).to_lowercase(),
                });
            }
            if panic_free && names_the_panic(&instruction) {
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

/// What makes the registers of user mode the driver's for a time.
const SAVING: [&str; 2] = ["KeSaveExtendedProcessorState", "KeSaveFloatingPointState"];

/// Whether the driver can save those registers, so that not every use of them is wrong.
fn saves_registers(image: &ImageFile<'_>) -> bool {
    let imports = image.imports().unwrap_or_default();
    imports
        .iter()
        .any(|(_, name)| SAVING.contains(&name.as_str()))
}

fn uses_registers_of_user_mode(instruction: &Instruction) -> bool {
    // VEX, EVEX and XOP write the upper halves; VZEROUPPER too.
    if instruction.encoding() != EncodingKind::Legacy {
        // Those of general registers, such as ANDN, touch no other.
        let is_general = (0..instruction.op_count()).all(|operand| {
            instruction.op_kind(operand) != OpKind::Register
                || instruction.op_register(operand).is_gpr()
        });
        return !is_general || instruction.op_count() == 0;
    }
    let features = instruction.cpuid_features();
    let is_x87 = |feature: &CpuidFeature| {
        matches!(
            feature,
            CpuidFeature::FPU | CpuidFeature::FPU287 | CpuidFeature::FPU387 | CpuidFeature::MMX
        )
    };
    features.iter().any(is_x87)
        || (0..instruction.op_count()).any(|operand| {
            instruction.op_kind(operand) == OpKind::Register
                && (instruction.op_register(operand).is_mm()
                    || instruction.op_register(operand).is_st())
        })
}

fn names_the_panic(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| {
        instruction
            .try_immediate(operand)
            .is_ok_and(|value| value == u64::from(RUST_PANIC))
    })
}
