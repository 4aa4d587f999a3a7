//! What the simulator does at an instruction before, or instead of, the emulator.

use iced_x86::{Code, CpuidFeature, Instruction, Mnemonic};

/// What the simulator does at an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// The emulator executes it.
    Plain,
    /// The simulator does, or stops.
    Special(Mnemonic),
    /// The emulator executes it, where the driver may: it uses registers that NT does not keep for a driver.
    ExtendedState,
}

/// How an instruction is treated.
pub(super) fn treatment(instruction: &Instruction) -> Treatment {
    if is_special(instruction.mnemonic(), instruction.code()) {
        Treatment::Special(instruction.mnemonic())
    } else if uses_extended_state(instruction) {
        Treatment::ExtendedState
    } else {
        Treatment::Plain
    }
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
            | M::In
            | M::Out
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
