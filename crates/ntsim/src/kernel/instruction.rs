//! Instructions that a kernel executes and an emulated one must decide on itself.
//!
//! Time, identification and randomness have to come from the run's own state, or it could not be
//! replayed; what a privileged instruction does to the machine is modelled or named. Instructions
//! are found by decoding: an emulator's own hooks run but do not replace them.

use iced_x86::Mnemonic;
use nt_model::{Failure, Rule};
use unicorn_engine::RegisterX86;

use crate::{
    guest::{
        Guest,
        code::{Found, Known, LENGTH_MAX, Treatment},
        layout,
    },
    kernel::{Kernel, fast_fail::describe_interrupt},
};

impl<A> Kernel<A> {
    /// Looks at the instruction at `pc` before the emulator executes it.
    pub(crate) fn look_at_instruction(
        &mut self,
        guest: &mut Guest,
        pc: u64,
    ) -> Result<(), Failure> {
        if !self.pageable.is_empty() && self.image_range().contains(&pc) {
            self.check_image_access(pc, "runs the code at")?;
        }
        if self.sought.is_here(self.instructions) {
            self.find_sought(guest);
        }
        let found = self.code.borrow().execute(pc);
        let known = match found {
            Found::Known(known) => known,
            Found::Unknown => {
                let known = self.decode(guest, pc)?;
                self.code.borrow().execute(pc);
                known
            }
            Found::Outside => {
                return Err(Failure::new(
                    Rule::BadAccess,
                    format!("the driver jumped to {pc:#x}, outside its image"),
                ));
            }
        };
        self.watch.step(pc, known.next);
        match known.treatment {
            Treatment::Plain => {}
            Treatment::Special(mnemonic) => {
                self.emulate(guest, mnemonic)?;
                return self.done(guest, known);
            }
            Treatment::Port(instruction) => return self.access_port(guest, known, instruction),
            Treatment::ReadIrql(register) => {
                guest.set_reg(register, u64::from(self.cpu().irql));
                return self.done(guest, known);
            }
            Treatment::WriteIrql(register) => {
                let level = guest.reg(register);
                if let Err(failure) = self.write_irql(level) {
                    self.unless_off(failure)?;
                }
                return self.done(guest, known);
            }
            Treatment::OfProcessor(offset) => self.show_processor(guest, offset)?,
            Treatment::ExtendedState => self.unless_off(Failure::new(
                Rule::ExtendedState,
                "the driver uses registers of x87, MMX or AVX: they are those of whichever thread it has interrupted, unless KeSaveExtendedProcessorState has saved them, which is not modelled",
            ))?,
        }
        let part = self.part_to_do();
        self.access_operands(guest, known, part)?;
        self.put_back(guest)
    }

    /// An instruction counts as decided and done: the hook is called for the next one.
    fn done(&self, guest: &mut Guest, known: Known) -> Result<(), Failure> {
        guest.set_reg(RegisterX86::RIP, known.next);
        Ok(())
    }

    /// The instruction at `pc`, which may be none of the driver's.
    #[inline]
    pub(super) fn known_at(&mut self, guest: &Guest, pc: u64) -> Result<Option<Known>, Failure> {
        let found = self.code.borrow().at(pc);
        match found {
            Found::Known(known) => Ok(Some(known)),
            Found::Unknown => self.decode(guest, pc).map(Some),
            Found::Outside => Ok(None),
        }
    }

    fn decode(&mut self, guest: &Guest, pc: u64) -> Result<Known, Failure> {
        let mut bytes = [0; LENGTH_MAX];
        let length =
            LENGTH_MAX.min((layout::IMAGE_BASE + u64::from(self.image.size()) - pc) as usize);
        guest.read(pc, &mut bytes[..length])?;
        Ok(self.code.borrow_mut().decode(pc, &bytes[..length]))
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
            Mnemonic::Rdrand | Mnemonic::Rdseed => Err(Failure::not_modelled(
                "the instruction rdrand: the modelled processor does not have it",
            )),
            Mnemonic::Int3 => Err(Failure::new(
                Rule::Instruction,
                "the driver executed a breakpoint (int3) and no debugger is attached",
            )),
            Mnemonic::Ud2 => Err(Failure::new(
                Rule::Instruction,
                "the driver executed ud2, which traps: a compiler-made abort",
            )),
            Mnemonic::Int => {
                // CD, and the vector.
                let vector = guest.read_u8(self.last_pc + 1)?;
                let code = guest.reg(RegisterX86::RCX) as u32;
                Err(Failure::new(
                    Rule::Instruction,
                    describe_interrupt(vector, code),
                ))
            }
            other => Err(Failure::new(
                Rule::Instruction,
                format!(
                    "the driver executed the privileged or unknown instruction {other:?}, which is not modelled"
                ),
            )),
        }
    }
}
