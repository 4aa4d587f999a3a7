//! Instructions that change memory by what they have read of it, and which another processor can get into the middle of.

use iced_x86::{Instruction, Mnemonic, OpKind, Register};
use unicorn_engine::RegisterX86;

use crate::guest::Guest;

/// An instruction that is one access for its own processor, and two for another one: a read and a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// It shifts by CL, of which these bits count: where they are 0, no page says that it writes.
    shifted_by: Option<u64>,
}

impl Split {
    /// Whether it writes, with the registers as they are.
    pub(crate) fn writes(self, guest: &Guest) -> bool {
        self.shifted_by
            .is_none_or(|bits| guest.reg(RegisterX86::RCX) & bits != 0)
    }
}

/// How an instruction is split where it has no LOCK; none where there is nothing to split.
///
/// A comparison that fails writes what it has read (`CMPXCHG`, in Intel's manual: the destination receives a write cycle
/// without regard to the result of the comparison). An exchange with memory locks by itself.
pub(super) fn split(instruction: &Instruction) -> Option<Split> {
    use Mnemonic as M;
    let in_memory = instruction.op0_kind() == OpKind::Memory;
    let once = !instruction.has_rep_prefix() && !instruction.has_repne_prefix();
    let shifted_by = match instruction.mnemonic() {
        M::Adc
        | M::Add
        | M::And
        | M::Btc
        | M::Btr
        | M::Bts
        | M::Cmpxchg
        | M::Cmpxchg8b
        | M::Cmpxchg16b
        | M::Dec
        | M::Inc
        | M::Neg
        | M::Not
        | M::Or
        | M::Sbb
        | M::Sub
        | M::Xadd
        | M::Xor => None,
        M::Rcl
        | M::Rcr
        | M::Rol
        | M::Ror
        | M::Sal
        | M::Sar
        | M::Shl
        | M::Shld
        | M::Shr
        | M::Shrd => {
            let bits = match instruction.memory_size().size() {
                8 => 0x3F,
                _ => 0x1F,
            };
            let last = instruction.op_count() - 1;
            if instruction.op_kind(last) == OpKind::Immediate8 {
                if u64::from(instruction.immediate8()) & bits == 0 {
                    return None;
                }
                None
            } else {
                (instruction.op_register(last) == Register::CL).then_some(bits)
            }
        }
        _ => return None,
    };
    (in_memory && once).then_some(Split { shifted_by })
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions};

    use super::*;
    use crate::guest::layout;

    fn of(bytes: &[u8]) -> Option<Split> {
        split(&Decoder::with_ip(64, bytes, layout::IMAGE_BASE, DecoderOptions::NONE).decode())
    }

    #[test]
    fn what_reads_and_writes_memory_is_split_and_what_does_one_of_them_is_not() {
        for bytes in [
            &[0x48, 0x01, 0x01][..],   // add [rcx], rax
            &[0x48, 0x83, 0x29, 5],    // sub qword ptr [rcx], 5
            &[0xFE, 0x01],             // inc byte ptr [rcx]
            &[0xF7, 0x19],             // neg dword ptr [rcx]
            &[0xF7, 0x11],             // not dword ptr [rcx]
            &[0x11, 0x01],             // adc [rcx], eax
            &[0x19, 0x01],             // sbb [rcx], eax
            &[0x0F, 0xC1, 0x01],       // xadd [rcx], eax
            &[0x0F, 0xB1, 0x11],       // cmpxchg [rcx], edx
            &[0x48, 0x0F, 0xC7, 0x09], // cmpxchg16b [rcx]
            &[0x0F, 0xAB, 0x01],       // bts [rcx], eax
            &[0x0F, 0xBA, 0x39, 3],    // btc dword ptr [rcx], 3
            &[0xD1, 0x21],             // shl dword ptr [rcx], 1
            &[0xC1, 0x01, 3],          // rol dword ptr [rcx], 3
            &[0x0F, 0xA4, 0x01, 3],    // shld [rcx], eax, 3
        ] {
            assert_eq!(of(bytes), Some(Split { shifted_by: None }), "{bytes:02x?}");
        }
        for bytes in [
            &[0x48, 0x01, 0xC1][..], // add rcx, rax
            &[0x48, 0x03, 0x01],     // add rax, [rcx]
            &[0x48, 0x89, 0x01],     // mov [rcx], rax
            &[0x39, 0x01],           // cmp [rcx], eax
            &[0x0F, 0xA3, 0x01],     // bt [rcx], eax
            &[0x87, 0x01],           // xchg [rcx], eax
            &[0xA4],                 // movsb
            &[0xFF, 0x31],           // push qword ptr [rcx]
            &[0xC1, 0x01, 0x20],     // rol dword ptr [rcx], 32
        ] {
            assert_eq!(of(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_shift_by_a_register_hangs_on_the_bits_that_count() {
        let by = |bits| {
            Some(Split {
                shifted_by: Some(bits),
            })
        };
        assert_eq!(of(&[0xD3, 0x21]), by(0x1F), "shl dword ptr [rcx], cl");
        assert_eq!(of(&[0x48, 0xD3, 0x21]), by(0x3F), "shl qword ptr [rcx], cl");
        assert_eq!(of(&[0x0F, 0xAD, 0x01]), by(0x1F), "shrd [rcx], eax, cl");
    }
}
