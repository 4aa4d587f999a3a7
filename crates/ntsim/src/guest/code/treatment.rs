//! What the simulator does at an instruction before, or instead of, the emulator.

use iced_x86::{Code, CpuidFeature, Instruction, Mnemonic, OpKind, Register};
use unicorn_engine::RegisterX86;

use super::{
    operand::register,
    port::{PortInstruction, port},
};

/// What the simulator does at an instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Treatment {
    /// The emulator executes it.
    Plain,
    /// The simulator does, or stops.
    Special(Mnemonic),
    /// The simulator does, with the device that has the port.
    Port(PortInstruction),
    /// It reads CR8, the IRQL, into a register.
    ReadIrql(RegisterX86),
    /// It writes a register to CR8.
    WriteIrql(RegisterX86),
    /// The emulator executes it: it reads the processor's block at an offset from GS, or, without one, accesses it in
    /// another way.
    OfProcessor(Option<u64>),
    /// The emulator executes it, where the driver may: it uses registers that NT does not keep for a driver.
    ExtendedState,
}

/// How an instruction is treated.
pub(super) fn treatment(instruction: &Instruction) -> Treatment {
    if let Some(level) = of_level(instruction) {
        level
    } else if let Some(port) = port(instruction) {
        Treatment::Port(port)
    } else if instruction.memory_segment() == Register::GS && has_memory(instruction) {
        Treatment::OfProcessor(read_of_processor(instruction))
    } else if is_special(instruction.mnemonic(), instruction.code()) {
        Treatment::Special(instruction.mnemonic())
    } else if uses_extended_state(instruction) {
        Treatment::ExtendedState
    } else {
        Treatment::Plain
    }
}

/// How a move between CR8 and a register is treated; none for another instruction.
fn of_level(instruction: &Instruction) -> Option<Treatment> {
    let (to, from) = (instruction.op0_register(), instruction.op1_register());
    match instruction.code() {
        Code::Mov_r64_cr if from == Register::CR8 => register(to).map(Treatment::ReadIrql),
        Code::Mov_cr_r64 if to == Register::CR8 => register(from).map(Treatment::WriteIrql),
        _ => None,
    }
}

fn has_memory(instruction: &Instruction) -> bool {
    (0..instruction.op_count()).any(|operand| instruction.op_kind(operand) == OpKind::Memory)
}

/// The offset at which an instruction reads the processor's block, where it does no more than that.
fn read_of_processor(instruction: &Instruction) -> Option<u64> {
    let reads = matches!(instruction.mnemonic(), Mnemonic::Mov | Mnemonic::Movzx);
    let fixed =
        instruction.memory_base() == Register::None && instruction.memory_index() == Register::None;
    let plain = reads && fixed && instruction.op0_kind() == OpKind::Register;
    plain.then(|| instruction.memory_displacement64())
}

fn is_special(mnemonic: Mnemonic, code: Code) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Rdtsc
            | M::Rdtscp
            | M::Cpuid
            | M::Rdrand
            | M::Rdseed
            | M::Rdmsr
            | M::Wrmsr
            | M::Cli
            | M::Sti
            | M::Hlt
            | M::Int
            | M::Int1
            | M::Int3
            | M::Ud2
            | M::Iretq
            | M::Syscall
            | M::Sysret
            | M::Swapgs
            | M::Lgdt
            | M::Lidt
            | M::Invlpg
            | M::Wbinvd
            | M::INVALID
    ) || matches!(
        code,
        Code::Mov_r64_cr | Code::Mov_cr_r64 | Code::Mov_r64_dr | Code::Mov_dr_r64
    )
}

/// Whether an instruction uses the registers of x87, MMX or AVX. Those of SSE are a driver's to use on x64.
fn uses_extended_state(instruction: &Instruction) -> bool {
    use CpuidFeature as F;
    let mut features = instruction.cpuid_features().iter();
    let mut operands = 0..instruction.op_count();
    features.any(|feature| {
        matches!(
            feature,
            F::FPU
                | F::FPU287
                | F::FPU387
                | F::MMX
                | F::AVX
                | F::AVX2
                | F::AVX512F
                | F::FMA
                | F::F16C
        )
    }) || operands.any(|operand| instruction.op_register(operand).is_mm())
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions};

    use super::*;
    use crate::guest::layout;

    fn decoded(bytes: &[u8]) -> Instruction {
        Decoder::with_ip(64, bytes, layout::IMAGE_BASE, DecoderOptions::NONE).decode()
    }

    #[test]
    fn what_nt_does_not_keep_for_a_driver_is_told_from_sse() {
        for extended in [
            &[0xDB, 0xE3][..],         // fninit
            &[0x0F, 0x77],             // emms
            &[0x0F, 0x6F, 0xC1],       // movq mm0, mm1
            &[0x0F, 0x2A, 0xC0],       // cvtpi2ps xmm0, mm0
            &[0xC5, 0xF8, 0x28, 0xC1], // vmovaps xmm0, xmm1
            &[0xC5, 0xFC, 0x28, 0xC1], // vmovaps ymm0, ymm1
        ] {
            assert!(uses_extended_state(&decoded(extended)), "{extended:02x?}");
        }
        for plain in [
            &[0x0F, 0x28, 0xC1][..],   // movaps xmm0, xmm1
            &[0x0F, 0x11, 0x01],       // movups [rcx], xmm0
            &[0x66, 0x0F, 0x6F, 0xC1], // movdqa xmm0, xmm1
            &[0xF3, 0x90],             // pause
            &[0x48, 0x8B, 0x01],       // mov rax, [rcx]
        ] {
            assert!(!uses_extended_state(&decoded(plain)), "{plain:02x?}");
        }
    }
}
