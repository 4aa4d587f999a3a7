//! Operands in memory: where they are, and what is done to them.

use iced_x86::{Instruction, Mnemonic, OpAccess, OpKind, Register, UsedMemory};
use unicorn_engine::RegisterX86;

use crate::guest::Guest;

/// What is done to an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    Write,
    /// Read, and then written.
    Both,
}

/// An operand in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(super) base: Option<RegisterX86>,
    pub(super) index: Option<RegisterX86>,
    scale: u64,
    pub(super) displacement: u64,
    pub(crate) length: u8,
    pub(crate) use_of: Use,
    /// It is addressed by the stack pointer alone.
    pub(crate) own_stack: bool,
    /// It is that of a repeated instruction, which accesses nothing where the count is 0.
    repeated: bool,
    /// The register that has the number of a bit, of whichever word that bit is in.
    bit: Option<RegisterX86>,
}

impl Operand {
    /// Where it is, with the registers as they are; none where it is not accessed.
    pub(crate) fn address(&self, guest: &Guest) -> Option<u64> {
        if self.repeated && guest.reg(RegisterX86::RCX) == 0 {
            return None;
        }
        let of = |register: Option<RegisterX86>| register.map_or(0, |register| guest.reg(register));
        let index = of(self.index).wrapping_mul(self.scale);
        let address = of(self.base).wrapping_add(index);
        let address = address.wrapping_add(self.displacement);
        Some(address.wrapping_add_signed(self.bit.map_or(0, |bit| self.beyond(guest.reg(bit)))))
    }

    /// How many bytes behind the address the word is that has a bit; the number has a sign, and the operand's width.
    fn beyond(&self, bit: u64) -> i64 {
        let unused = 64 - 8 * u32::from(self.length);
        let bit = (bit << unused).cast_signed() >> unused;
        let length = i64::from(self.length);
        bit.div_euclid(8 * length) * length
    }
}

/// An operand as it is looked at; none where it is not accessed, or lies in a segment that is the kernel's own.
pub(super) fn operand(
    instruction: &Instruction,
    memory: &UsedMemory,
    repeated: bool,
) -> Option<Operand> {
    let use_of = match memory.access() {
        OpAccess::Read | OpAccess::CondRead => Use::Read,
        OpAccess::Write | OpAccess::CondWrite => Use::Write,
        OpAccess::ReadWrite | OpAccess::ReadCondWrite => Use::Both,
        OpAccess::None | OpAccess::NoMemAccess => return None,
    };
    if matches!(memory.segment(), Register::FS | Register::GS) {
        return None;
    }
    let index = register(memory.index());
    Some(Operand {
        // What is relative to the instruction has its address for a displacement.
        base: register(memory.base()),
        index,
        scale: u64::from(memory.scale()),
        displacement: memory.displacement(),
        length: u8::try_from(memory.memory_size().size().max(1)).unwrap_or(u8::MAX),
        use_of,
        own_stack: memory.base() == Register::RSP && index.is_none(),
        repeated,
        bit: bit(instruction),
    })
}

/// The register that has the number of a bit in memory.
fn bit(instruction: &Instruction) -> Option<RegisterX86> {
    let of_bits = matches!(
        instruction.mnemonic(),
        Mnemonic::Bt | Mnemonic::Btc | Mnemonic::Btr | Mnemonic::Bts
    );
    let in_register =
        instruction.op0_kind() == OpKind::Memory && instruction.op1_kind() == OpKind::Register;
    (of_bits && in_register)
        .then(|| register(instruction.op1_register().full_register()))
        .flatten()
}

/// The emulator's name of a register that addresses memory.
pub(super) const fn register(register: Register) -> Option<RegisterX86> {
    Some(match register {
        Register::RAX => RegisterX86::RAX,
        Register::RBX => RegisterX86::RBX,
        Register::RCX => RegisterX86::RCX,
        Register::RDX => RegisterX86::RDX,
        Register::RSI => RegisterX86::RSI,
        Register::RDI => RegisterX86::RDI,
        Register::RBP => RegisterX86::RBP,
        Register::RSP => RegisterX86::RSP,
        Register::R8 => RegisterX86::R8,
        Register::R9 => RegisterX86::R9,
        Register::R10 => RegisterX86::R10,
        Register::R11 => RegisterX86::R11,
        Register::R12 => RegisterX86::R12,
        Register::R13 => RegisterX86::R13,
        Register::R14 => RegisterX86::R14,
        Register::R15 => RegisterX86::R15,
        _ => return None,
    })
}
#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions, InstructionInfoFactory};

    use super::*;
    use crate::guest::layout;

    fn decoded(bytes: &[u8]) -> Instruction {
        Decoder::with_ip(64, bytes, layout::IMAGE_BASE, DecoderOptions::NONE).decode()
    }

    fn operands_of(bytes: &[u8]) -> Vec<Operand> {
        let instruction = decoded(bytes);
        let info = InstructionInfoFactory::new()
            .info(&instruction)
            .used_memory()
            .to_vec();
        let operands = info.iter();
        operands
            .filter_map(|memory| operand(&instruction, memory, false))
            .collect()
    }

    /// The operands of an instruction: whether relative to the stack pointer, length, what is done to it.
    fn operands(bytes: &[u8]) -> Vec<(bool, u8, Use)> {
        let operands = operands_of(bytes).into_iter();
        operands
            .map(|it| (it.own_stack, it.length, it.use_of))
            .collect()
    }

    #[test]
    fn a_bit_by_its_number_is_in_the_word_that_has_it() {
        // bts dword ptr [rcx], eax; bts dword ptr [rcx], 9
        let [by_number] = operands_of(&[0x0F, 0xAB, 0x01])[..] else {
            panic!("it has one operand");
        };
        let [fixed] = operands_of(&[0x0F, 0xBA, 0x29, 9])[..] else {
            panic!("it has one operand");
        };
        assert_eq!((by_number.bit, fixed.bit), (Some(RegisterX86::RAX), None));
        for (bit, beyond) in [(0, 0), (31, 0), (32, 4), (95, 8), (0xFFFF_FFFF, -4)] {
            assert_eq!(by_number.beyond(bit), beyond, "bit {bit}");
        }
        // What is above the operand's width is no part of the number.
        assert_eq!(by_number.beyond((1 << 40) + 33), 4);
    }

    #[test]
    fn each_operand_in_memory_is_known_by_what_is_done_to_it() {
        // mov rax, [rcx]
        assert_eq!(operands(&[0x48, 0x8B, 0x01]), [(false, 8, Use::Read)]);
        // lock xadd [rcx], eax
        assert_eq!(operands(&[0xF0, 0x0F, 0xC1, 0x01]), [(false, 4, Use::Both)]);
        // movups [rsp+16], xmm0
        assert_eq!(
            operands(&[0x0F, 0x11, 0x44, 0x24, 0x10]),
            [(true, 16, Use::Write)]
        );
        // lea rax, [rcx]
        assert_eq!(operands(&[0x48, 0x8D, 0x01]), []);
        // call [rcx]
        let call = operands(&[0xFF, 0x11]);
        assert!(call.contains(&(true, 8, Use::Write)), "{call:?}");
        assert!(call.contains(&(false, 8, Use::Read)), "{call:?}");
    }
}
