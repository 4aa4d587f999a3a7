//! I/O ports: the windows of the device that stand there, and the instructions that access them.
//!
//! Whatever holds of registers in memory holds of these, but for one thing: a write of a port is not posted. The
//! processor goes on once the device has taken it, and what was on its way to the device before arrives before.

use nt_model::Failure;
use unicorn_engine::RegisterX86;

use crate::{
    device::{Access, Space},
    guest::{
        Guest,
        code::{Known, Moved, PortInstruction},
        layout,
    },
    kernel::{Kernel, io_space::access_width, race::Edge, state::half::Part},
};

/// The flag of EFLAGS by which strings go downwards.
const DOWNWARDS: u64 = 1 << 10;

impl<A> Kernel<A> {
    /// Does a port instruction, of a repeated one the next round.
    pub(super) fn access_port(
        &mut self,
        guest: &mut Guest,
        known: Known,
        instruction: PortInstruction,
    ) -> Result<(), Failure> {
        let port = match instruction.port {
            Some(port) => port.into(),
            None => guest.reg(RegisterX86::RDX) as u16,
        };
        let Some(moved) = instruction.moved else {
            self.access_port_by_register(guest, instruction, port)?;
            guest.set_reg(RegisterX86::RIP, known.next);
            return Ok(());
        };
        if !moved.is_flat {
            return Err(Failure::not_modelled(format!(
                "the instruction {instruction} with an address of 32 bits, or in a segment of its own"
            )));
        }
        let goes_on = self.access_port_by_memory(guest, known, (instruction, moved), port)?;
        // The hook is called again for the same instruction while it has rounds to do.
        let next = if goes_on { self.last_pc } else { known.next };
        guest.set_reg(RegisterX86::RIP, next);
        Ok(())
    }

    fn access_port_by_register(
        &mut self,
        guest: &mut Guest,
        instruction: PortInstruction,
        port: u16,
    ) -> Result<(), Failure> {
        let held = guest.reg(RegisterX86::RAX);
        if !instruction.reads {
            return self.write_port(instruction, port, held);
        }
        let value = self.read_port(instruction, port)?;
        // What is read into 32 bits of a register clears the rest, and what is read into fewer does not.
        let kept = match instruction.width {
            1 => held & !0xFF,
            2 => held & !0xFFFF,
            _ => 0,
        };
        guest.set_reg(RegisterX86::RAX, kept | value);
        Ok(())
    }

    /// Whether the instruction has another round to do.
    fn access_port_by_memory(
        &mut self,
        guest: &mut Guest,
        known: Known,
        (instruction, moved): (PortInstruction, Moved),
        port: u16,
    ) -> Result<bool, Failure> {
        let count = guest.reg(RegisterX86::RCX);
        if moved.repeated && count == 0 {
            return Ok(false);
        }
        let pointer = if instruction.reads {
            RegisterX86::RDI
        } else {
            RegisterX86::RSI
        };
        let address = guest.reg(pointer);
        let width = usize::from(instruction.width);
        // Memory that is not there faults before the port is accessed.
        self.access_operands(guest, known, Part::Whole)?;
        let mut bytes = [0; 4];
        let there = guest.read(address, &mut bytes[..width]).is_ok();
        if instruction.reads {
            if !there || !self.may_write(address) {
                return Err(self.bad_access("wrote", width, address));
            }
            let value = self.read_port(instruction, port)?;
            guest.write(address, &value.to_le_bytes()[..width])?;
        } else {
            if !there {
                return Err(self.bad_access("read", width, address));
            }
            self.write_port(instruction, port, u32::from_le_bytes(bytes).into())?;
        }
        let step = if guest.reg(RegisterX86::EFLAGS) & DOWNWARDS == 0 {
            width as u64
        } else {
            (width as u64).wrapping_neg()
        };
        guest.set_reg(pointer, address.wrapping_add(step));
        if moved.repeated {
            guest.set_reg(RegisterX86::RCX, count - 1);
        }
        Ok(moved.repeated && count > 1)
    }

    /// Whether what is mapped at an address is the driver's to write.
    fn may_write(&self, address: u64) -> bool {
        if self.image_range().contains(&address) {
            let rva = address - layout::IMAGE_BASE;
            let mut sections = self.image.sections().iter();
            return sections.any(|section| {
                let from = u64::from(section.rva);
                let to = from + u64::from(section.mapped_size());
                section.protection.write && (from..to).contains(&rva)
            });
        }
        let is_trap = address.wrapping_sub(layout::TRAP_BASE) < layout::TRAP_SIZE;
        !is_trap && !layout::is_read_only(address)
    }

    /// The window of the device that has a port, and the port's place in it.
    fn window_at(&self, instruction: PortInstruction, port: u16) -> Result<(u8, u64), Failure> {
        let mut windows = self.device.bars().iter();
        let found = windows.find_map(|bar| match bar.space {
            Space::Ports { first } => {
                let offset = u64::from(port.checked_sub(first)?);
                (offset < bar.size).then_some((bar.index, offset))
            }
            Space::Memory => None,
        });
        found.ok_or_else(|| {
            Failure::not_modelled(format!(
                "the instruction `{instruction}` at port {port:#x}, which is none of the device's: nothing else in the machine has ports"
            ))
        })
    }

    fn read_port(&mut self, instruction: PortInstruction, port: u16) -> Result<u64, Failure> {
        let (bar, offset) = self.window_at(instruction, port)?;
        self.device_read(bar, offset, instruction.width.into())
            .map_err(|failure| at_port(failure, instruction, port))
    }

    fn write_port(
        &mut self,
        instruction: PortInstruction,
        port: u16,
        value: u64,
    ) -> Result<(), Failure> {
        let (bar, offset) = self.window_at(instruction, port)?;
        let width = access_width(instruction.width.into())?;
        let value = width.truncate(value);
        self.watch_register(bar, offset, value)?;
        self.releases(Edge::Device);
        let answers = self.answers(Access::write(bar, offset, width));
        if answers.map_err(|failure| at_port(failure, instruction, port))? {
            self.write_at_once(bar, offset, width, value);
        }
        Ok(())
    }
}

/// The failure of an access, with the instruction and its port.
fn at_port(failure: Failure, instruction: PortInstruction, port: u16) -> Failure {
    Failure {
        message: format!("`{instruction}` at port {port:#x}: {}", failure.message),
        ..failure
    }
}
