//! Instructions that access I/O ports.

use std::fmt;

use iced_x86::{Instruction, Mnemonic, OpKind, Register};

/// Memory that a repeatable form of such an instruction moves to or from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// It is done RCX times.
    pub(crate) repeated: bool,
    /// The address is one of 64 bits, in no segment of its own.
    pub(crate) is_flat: bool,
}

/// An instruction that accesses a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortInstruction {
    /// It reads the port.
    pub(crate) reads: bool,
    /// How many bytes it accesses.
    pub(crate) width: u8,
    /// The port, where it is not in DX.
    pub(crate) port: Option<u8>,
    /// The memory on the other side, where that is no register.
    pub(crate) moved: Option<Moved>,
}

/// What a port instruction accesses; none for another instruction.
pub(super) fn port(instruction: &Instruction) -> Option<PortInstruction> {
    use Mnemonic as M;
    let of_string = |reads, width| {
        let mut kinds = (0..instruction.op_count()).map(|operand| instruction.op_kind(operand));
        let is_wide = kinds.any(|kind| matches!(kind, OpKind::MemoryESRDI | OpKind::MemorySegRSI));
        let in_own_segment = matches!(instruction.segment_prefix(), Register::FS | Register::GS);
        Some(PortInstruction {
            reads,
            width,
            port: None,
            moved: Some(Moved {
                repeated: instruction.has_rep_prefix() || instruction.has_repne_prefix(),
                is_flat: is_wide && (reads || !in_own_segment),
            }),
        })
    };
    let of_register = |reads, register: Register, place: u32| {
        Some(PortInstruction {
            reads,
            width: register.size() as u8,
            port: (instruction.op_kind(place) == OpKind::Immediate8)
                .then(|| instruction.immediate8()),
            moved: None,
        })
    };
    match instruction.mnemonic() {
        M::In => of_register(true, instruction.op0_register(), 1),
        M::Out => of_register(false, instruction.op1_register(), 0),
        M::Insb => of_string(true, 1),
        M::Insw => of_string(true, 2),
        M::Insd => of_string(true, 4),
        M::Outsb => of_string(false, 1),
        M::Outsw => of_string(false, 2),
        M::Outsd => of_string(false, 4),
        _ => None,
    }
}

impl fmt::Display for PortInstruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, register) = match self.width {
            1 => ("b", "al"),
            2 => ("w", "ax"),
            _ => ("d", "eax"),
        };
        let name = if self.reads { "in" } else { "out" };
        if let Some(moved) = self.moved {
            let rep = if moved.repeated { "rep " } else { "" };
            return write!(f, "{rep}{name}s{letter}");
        }
        let port = self
            .port
            .map_or_else(|| "dx".to_owned(), |port| format!("{port:#x}"));
        if self.reads {
            write!(f, "in {register}, {port}")
        } else {
            write!(f, "out {port}, {register}")
        }
    }
}

#[cfg(test)]
mod tests {
    use iced_x86::{Decoder, DecoderOptions};

    use super::*;
    use crate::guest::layout;

    fn of(bytes: &[u8]) -> Option<PortInstruction> {
        port(&Decoder::with_ip(64, bytes, layout::IMAGE_BASE, DecoderOptions::NONE).decode())
    }

    #[test]
    fn each_form_is_known_by_its_direction_its_width_and_its_port() {
        for (bytes, text, reads, width, at) in [
            (&[0xEC][..], "in al, dx", true, 1, None),
            (&[0x66, 0xED], "in ax, dx", true, 2, None),
            (&[0xED], "in eax, dx", true, 4, None),
            (&[0xE4, 0x61], "in al, 0x61", true, 1, Some(0x61)),
            (&[0xEE], "out dx, al", false, 1, None),
            (&[0x66, 0xEF], "out dx, ax", false, 2, None),
            (&[0xEF], "out dx, eax", false, 4, None),
            (&[0xE7, 0x80], "out 0x80, eax", false, 4, Some(0x80)),
            (&[0x6C], "insb", true, 1, None),
            (&[0xF3, 0x6C], "rep insb", true, 1, None),
            (&[0xF3, 0x66, 0x6D], "rep insw", true, 2, None),
            (&[0xF3, 0x6F], "rep outsd", false, 4, None),
        ] {
            let found = of(bytes).expect("a port instruction");
            assert_eq!(found.to_string(), text);
            assert_eq!((found.reads, found.width, found.port), (reads, width, at));
            let flat = found.moved.is_none_or(|moved| moved.is_flat);
            assert!(flat, "{text}");
        }
        assert_eq!(of(&[0x8B, 0x01]), None, "mov eax, [rcx]");
    }

    #[test]
    fn an_address_of_32_bits_and_one_in_a_segment_of_its_own_are_told() {
        for bytes in [&[0x67, 0x6C][..], &[0x65, 0x6E], &[0x67, 0xF3, 0x6E]] {
            let moved = of(bytes).and_then(|found| found.moved);
            assert!(!moved.expect("it moves memory").is_flat, "{bytes:02x?}");
        }
    }
}
