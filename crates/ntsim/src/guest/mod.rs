//! The processor emulator as the simulated kernel sees it: registers and memory of the guest.
//!
//! One Unicorn holds the registers of the one activation that is live; all others are saved.

pub(crate) mod code;
pub(crate) mod layout;
pub(crate) mod written;

use std::rc::Rc;

use image::unwind;
use nt_model::{Failure, Limit, Rule};
use unicorn_engine::{Context, RegisterX86, Unicorn, uc_error, unicorn_const::Permission as Prot};

use written::Written;

/// Integer argument registers of the x64 calling convention, in order.
const ARGUMENTS: [RegisterX86; 4] = [
    RegisterX86::RCX,
    RegisterX86::RDX,
    RegisterX86::R8,
    RegisterX86::R9,
];

/// The general registers in the order of their encoding.
const GENERAL: [RegisterX86; 16] = [
    RegisterX86::RAX,
    RegisterX86::RCX,
    RegisterX86::RDX,
    RegisterX86::RBX,
    RegisterX86::RSP,
    RegisterX86::RBP,
    RegisterX86::RSI,
    RegisterX86::RDI,
    RegisterX86::R8,
    RegisterX86::R9,
    RegisterX86::R10,
    RegisterX86::R11,
    RegisterX86::R12,
    RegisterX86::R13,
    RegisterX86::R14,
    RegisterX86::R15,
];

/// What reads and writes on the kernel's behalf. The guest does not know the routine's name: who reports the failure
/// does.
pub(crate) const A_ROUTINE: &str = "a kernel routine";

/// The emulator, with what is known of the guest's memory.
pub(crate) type Emulator<'a> = Unicorn<'a, Written>;

/// The guest: its live registers and its memory.
pub(crate) struct Guest<'u, 'a>(pub(crate) &'u mut Emulator<'a>);

impl Guest<'_, '_> {
    /// Reads a register of the live activation.
    ///
    /// # Panics
    ///
    /// Never for a register that x86 has: the emulator refuses nothing else.
    pub(crate) fn reg(&self, register: RegisterX86) -> u64 {
        self.0
            .reg_read(register)
            .expect("the emulator knows every x86 register")
    }

    /// Writes a register of the live activation.
    ///
    /// Writing RIP inside a hook ends the hooked instruction before it executes, and the hook is
    /// called again for the new address.
    ///
    /// # Panics
    ///
    /// Never for a register that x86 has.
    pub(crate) fn set_reg(&mut self, register: RegisterX86, value: u64) {
        self.0
            .reg_write(register, value)
            .expect("the emulator knows every x86 register");
    }

    /// Argument `index` of the export that the guest has just called.
    pub(crate) fn argument(&self, index: usize) -> Result<u64, Failure> {
        match ARGUMENTS.get(index) {
            Some(register) => Ok(self.reg(*register)),
            // Above the return address stand four home slots, then the fifth argument.
            None => self.read_u64(self.reg(RegisterX86::RSP) + 8 + 8 * index as u64),
        }
    }

    /// The low 32 bits of argument `index`: what a callee of a 32-bit parameter may look at.
    pub(crate) fn argument_u32(&self, index: usize) -> Result<u32, Failure> {
        Ok(self.argument(index)? as u32)
    }

    /// The low byte of argument `index`.
    pub(crate) fn argument_u8(&self, index: usize) -> Result<u8, Failure> {
        Ok(self.argument(index)? as u8)
    }

    /// Sets up a call of guest code: arguments, home slots, return address, alignment.
    pub(crate) fn push_call(
        &mut self,
        target: u64,
        return_to: u64,
        arguments: &[u64],
    ) -> Result<(), Failure> {
        let stack_words = arguments.len().max(4) as u64;
        let top = (self.reg(RegisterX86::RSP) - 8 * stack_words) & !0xF;
        for (index, value) in arguments.iter().enumerate() {
            match ARGUMENTS.get(index) {
                Some(register) => self.set_reg(*register, *value),
                None => self.write_u64(top + 8 * index as u64, *value)?,
            }
        }
        let rsp = top - 8;
        self.write_u64(rsp, return_to)?;
        self.set_reg(RegisterX86::RSP, rsp);
        self.set_reg(RegisterX86::RIP, target);
        Ok(())
    }

    /// Returns from the export that the guest has called.
    pub(crate) fn pop_return(&mut self, value: u64) -> Result<(), Failure> {
        let rsp = self.reg(RegisterX86::RSP);
        let back = self.read_u64(rsp)?;
        self.set_reg(RegisterX86::RAX, value);
        self.set_reg(RegisterX86::RSP, rsp + 8);
        self.set_reg(RegisterX86::RIP, back);
        Ok(())
    }

    /// Reads memory on behalf of a kernel routine.
    pub(crate) fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), Failure> {
        // What the emulator has for device registers there answers the driver only.
        if layout::is_io_space(address) {
            return Err(unreadable(address, buffer.len()));
        }
        self.0
            .mem_read(address, buffer)
            .map_err(|_| unreadable(address, buffer.len()))
    }

    /// Reads memory into a vector.
    pub(crate) fn read_vec(&self, address: u64, length: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![0; length];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    fn read_array<const N: usize>(&self, address: u64) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads one byte.
    pub(crate) fn read_u8(&self, address: u64) -> Result<u8, Failure> {
        self.read_array(address).map(u8::from_le_bytes)
    }

    /// Reads a 16-bit word.
    pub(crate) fn read_u16(&self, address: u64) -> Result<u16, Failure> {
        self.read_array(address).map(u16::from_le_bytes)
    }

    /// Reads a 32-bit word.
    pub(crate) fn read_u32(&self, address: u64) -> Result<u32, Failure> {
        self.read_array(address).map(u32::from_le_bytes)
    }

    /// Reads a 64-bit word.
    pub(crate) fn read_u64(&self, address: u64) -> Result<u64, Failure> {
        self.read_array(address).map(u64::from_le_bytes)
    }

    /// Writes memory on behalf of a kernel routine.
    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Failure> {
        let unwritable = || {
            Failure::new(
                Rule::BadAccess,
                format!(
                    "{A_ROUTINE} was told to write {} bytes to {address:#x}, where no memory is",
                    bytes.len()
                ),
            )
        };
        if layout::is_io_space(address) {
            return Err(unwritable());
        }
        self.0.get_data_mut().note(address, bytes.len() as u64);
        self.0.mem_write(address, bytes).map_err(|_| unwritable())
    }

    /// Writes one byte.
    pub(crate) fn write_u8(&mut self, address: u64, value: u8) -> Result<(), Failure> {
        self.write(address, &[value])
    }

    /// Writes a 32-bit word.
    pub(crate) fn write_u32(&mut self, address: u64, value: u32) -> Result<(), Failure> {
        self.write(address, &value.to_le_bytes())
    }

    /// Writes a 64-bit word.
    pub(crate) fn write_u64(&mut self, address: u64, value: u64) -> Result<(), Failure> {
        self.write(address, &value.to_le_bytes())
    }

    /// Has so many bytes be zero, from the beginning of a page on.
    pub(crate) fn zero(&mut self, address: u64, length: u64) -> Result<(), Failure> {
        static ZEROS: [u8; layout::PAGE as usize] = [0; layout::PAGE as usize];
        let mut done = 0;
        while done < length {
            let part = layout::PAGE.min(length - done);
            // What was never written is zero.
            if self.0.get_data().has(address + done) {
                self.write(address + done, &ZEROS[..part as usize])?;
            }
            done += part;
        }
        Ok(())
    }

    /// Maps memory, zeroed.
    pub(crate) fn map(&mut self, address: u64, size: u64, protection: Prot) -> Result<(), Failure> {
        self.0
            .mem_map(address, size as usize, protection)
            .map_err(emulator)
    }

    /// Saves the live registers. Those that another copy of the machine has saved, too, stay as they are.
    pub(crate) fn save(&mut self, into: &mut Option<Rc<Context>>) -> Result<(), Failure> {
        if let Some(context) = into.as_mut().and_then(Rc::get_mut) {
            self.0.context_save(context).map_err(emulator)
        } else {
            *into = Some(Rc::new(self.0.context_init().map_err(emulator)?));
            Ok(())
        }
    }

    /// The live registers that callers are found by.
    pub(crate) fn general_registers(&self) -> unwind::Context {
        unwind::Context {
            rip: self.reg(RegisterX86::RIP),
            registers: GENERAL.map(|register| self.reg(register)),
        }
    }

    /// Reads saved registers. The emulator reads live ones only, so the saved ones are live for the moment it takes.
    pub(crate) fn saved_registers(&self, context: &Context) -> Result<unwind::Context, Failure> {
        let live = self.0.context_init().map_err(emulator)?;
        self.0.context_restore(context).map_err(emulator)?;
        let saved = self.general_registers();
        self.0.context_restore(&live).map_err(emulator)?;
        Ok(saved)
    }

    /// Makes saved registers live.
    pub(crate) fn restore(&mut self, context: &Context) -> Result<(), Failure> {
        self.0.context_restore(context).map_err(emulator)
    }
}

/// The emulator refused an operation that the simulator relies on.
pub(crate) fn emulator(error: uc_error) -> Failure {
    Failure::new(
        Limit::Emulator,
        format!("the processor emulator failed: {error:?}"),
    )
}

/// Refuses a routine that is NULL, where the page of what takes it has no status for that: NT would call it.
pub(crate) fn given(routine: &str, parameter: &str, target: u64) -> Result<(), Failure> {
    if target != 0 {
        return Ok(());
    }
    Err(Failure::new(
        Rule::BadArgument,
        format!("{routine} was given NULL for {parameter}, which it calls"),
    ))
}

/// The failure of an access, with the parameter of the routine that led there.
pub(crate) fn through(parameter: &str, failure: Failure) -> Failure {
    Failure {
        message: format!("{}: {parameter} leads there", failure.message),
        ..failure
    }
}

fn unreadable(address: u64, length: usize) -> Failure {
    Failure::new(
        Rule::BadAccess,
        format!("{A_ROUTINE} was told to read {length} bytes at {address:#x}, where no memory is"),
    )
}
