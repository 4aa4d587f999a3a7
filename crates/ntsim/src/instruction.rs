//! Instructions that a kernel executes and an emulated one must decide on itself.
//!
//! Time, identification and randomness have to come from the run's own state, or it could not be
//! replayed; what a privileged instruction does to the machine is modelled or named. Instructions
//! are found by decoding, once each: an emulator's own hooks run but do not replace them.

use iced_x86::{Code, Decoder, DecoderOptions, Mnemonic};
use rand_core::RngCore;
use unicorn_engine::RegisterX86;

use crate::{
    failure::{Failure, rule},
    guest::Guest,
    image::Image,
    layout,
    sim::Sim,
};

/// What the simulator does at an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    /// Nobody has looked yet.
    Unknown,
    /// The emulator executes it.
    Plain,
    /// The emulator executes it, and its access to memory is atomic.
    Atomic,
    /// The simulator does, or stops.
    Special,
}

/// What is known about each byte of the image as an instruction's first.
pub(crate) struct Instructions {
    treatments: Vec<Treatment>,
    /// The sections that NT may page out.
    pub(crate) pageable: Vec<std::ops::Range<u32>>,
}

impl Instructions {
    pub(crate) fn new(image: &Image) -> Self {
        Self {
            treatments: vec![Treatment::Unknown; image.size() as usize],
            pageable: image
                .sections()
                .iter()
                .filter(|section| section.pageable)
                .map(|section| section.rva..section.rva + section.mapped_size())
                .collect(),
        }
    }
}

impl Instructions {
    /// Whether the instruction at `pc`, which is being executed, accesses memory atomically.
    pub(crate) fn is_atomic(&self, pc: u64) -> bool {
        let rva = pc.wrapping_sub(layout::IMAGE_BASE);
        let known = usize::try_from(rva)
            .ok()
            .and_then(|rva| self.treatments.get(rva));
        known == Some(&Treatment::Atomic)
    }
}

/// The longest x86 instruction.
const LENGTH_MAX: usize = 15;

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

impl Sim {
    /// Looks at the instruction at `pc` before the emulator executes it.
    pub(crate) fn before_instruction(&mut self, guest: &mut Guest, pc: u64) -> Result<(), Failure> {
        if !self.code.pageable.is_empty() && self.image_range().contains(&pc) {
            self.check_image_access(pc, "runs the code at")?;
        }
        let Some(known) = pc
            .checked_sub(layout::IMAGE_BASE)
            .and_then(|rva| self.code.treatments.get_mut(usize::try_from(rva).ok()?))
        else {
            return Err(Failure::new(
                rule::BAD_ACCESS,
                format!("the driver jumped to {pc:#x}, outside its image"),
            ));
        };
        if matches!(*known, Treatment::Plain | Treatment::Atomic) {
            return Ok(());
        }
        let mut bytes = [0; LENGTH_MAX];
        let length =
            LENGTH_MAX.min((layout::IMAGE_BASE + u64::from(self.image.size()) - pc) as usize);
        guest.read(pc, &mut bytes[..length])?;
        let instruction = Decoder::with_ip(64, &bytes[..length], pc, DecoderOptions::NONE).decode();
        if !is_special(instruction.mnemonic(), instruction.code()) {
            // The exchange with memory locks without being told.
            let exchanges = instruction.mnemonic() == Mnemonic::Xchg;
            *known = if instruction.has_lock_prefix() || exchanges {
                Treatment::Atomic
            } else {
                Treatment::Plain
            };
            return Ok(());
        }
        *known = Treatment::Special;
        self.emulate(guest, instruction.mnemonic())?;
        guest.set_reg(RegisterX86::RIP, instruction.next_ip());
        // The instruction counts as decided and done: the hook is called for the next one.
        Ok(())
    }

    fn emulate(&mut self, guest: &mut Guest, mnemonic: Mnemonic) -> Result<(), Failure> {
        match mnemonic {
            Mnemonic::Rdtsc | Mnemonic::Rdtscp => {
                guest.set_reg(RegisterX86::RAX, self.cycles & 0xFFFF_FFFF);
                guest.set_reg(RegisterX86::RDX, self.cycles >> 32);
                if mnemonic == Mnemonic::Rdtscp {
                    guest.set_reg(RegisterX86::RCX, self.cpu_index() as u64);
                }
                Ok(())
            }
            Mnemonic::Cpuid => {
                // A processor with the x86-64 baseline and nothing more.
                let leaf = guest.reg(RegisterX86::RAX) as u32;
                let [a, b, c, d] = match leaf {
                    0 => [
                        1,
                        u32::from_le_bytes(*b"ntsi"),
                        u32::from_le_bytes(*b"mcpu"),
                        u32::from_le_bytes(*b"m si"),
                    ],
                    1 => [0x0006_0000, 0, 0, 0x0780_8111],
                    _ => [0; 4],
                };
                guest.set_reg(RegisterX86::RAX, u64::from(a));
                guest.set_reg(RegisterX86::RBX, u64::from(b));
                guest.set_reg(RegisterX86::RCX, u64::from(c));
                guest.set_reg(RegisterX86::RDX, u64::from(d));
                Ok(())
            }
            Mnemonic::Rdrand | Mnemonic::Rdseed => {
                let _ = self.rng.next_u64();
                Err(Failure::not_modelled(
                    "the instruction rdrand: the modelled processor does not have it",
                ))
            }
            Mnemonic::Int3 => Err(Failure::new(
                rule::INSTRUCTION,
                "the driver executed a breakpoint (int3) and no debugger is attached",
            )),
            Mnemonic::Ud2 => Err(Failure::new(
                rule::INSTRUCTION,
                "the driver executed ud2, which traps: a compiler-made abort",
            )),
            Mnemonic::Int => Err(Failure::new(
                rule::INSTRUCTION,
                format!(
                    "the driver executed a software interrupt (a fast-fail, if it is 0x29) with code {}",
                    guest.reg(RegisterX86::RCX)
                ),
            )),
            other => Err(Failure::new(
                rule::INSTRUCTION,
                format!(
                    "the driver executed the privileged or unknown instruction {other:?}, which is not modelled"
                ),
            )),
        }
    }
}
