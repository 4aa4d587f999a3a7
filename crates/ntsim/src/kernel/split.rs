//! Unlocked read-modify-writes in two, where a plan has another processor go on in the middle.
//!
//! The processor remembers what its instruction has read, and nothing else goes on there, for an instruction is not
//! interrupted in its middle. When it goes on, the memory is made to hold for a moment what was read, and the emulator executes
//! the whole instruction: the memory gets what follows from the old value, and so do registers and flags. The rules see the read
//! when it happens, and the write when that does.

use nt_model::Failure;

use crate::{
    guest::{
        Guest,
        code::{Instructions, Known, Use},
        layout,
    },
    kernel::{
        Kernel,
        state::{
            half::{Half, MOST, Part},
            plan::Points,
        },
    },
};

impl<A> Kernel<A> {
    /// What the instruction at `pc` reads, where a plan looks at what another processor could do before it writes.
    ///
    /// What a device answers is not memory, and the device may do something at a read: that is one access.
    #[inline]
    pub(crate) fn half_at(&mut self, guest: &Guest, pc: u64) -> Result<Option<Half>, Failure> {
        let looks = self.scheduler.has_elsewhere() || self.attention && self.scheduler.is_planned();
        if !looks || self.cpus.len() < 2 || self.is_half_done() {
            return Ok(None);
        }
        let Some(known) = self.known_at(guest, pc)? else {
            return Ok(None);
        };
        match known.split {
            Some(split) if split.writes(guest) => Ok(self.read_half(guest, known)),
            _ => Ok(None),
        }
    }

    fn read_half(&self, guest: &Guest, known: Known) -> Option<Half> {
        let code = self.code.borrow();
        let operand = Instructions::operands_of(known)
            .map(|place| code.operand(place))
            .find(|operand| operand.use_of == Use::Both)?;
        let (address, length) = (operand.address(guest)?, usize::from(operand.length));
        if layout::is_io_space(address) || layout::is_read_only(address) {
            return None;
        }
        let mut bytes = [0; MOST];
        // Where nothing is mapped, the instruction faults.
        guest.read(address, bytes.get_mut(..length)?).ok()?;
        Some(Half {
            address,
            length,
            bytes,
        })
    }

    /// Whether a plan may have another processor go on in the middle of the instruction.
    pub(crate) fn is_point_inside(&self, half: &Half) -> bool {
        match self.scheduler.points() {
            None | Some(Points::Api) => false,
            Some(Points::Instruction) => true,
            Some(Points::Access) => self.is_in_conflict(half.address, half.length as u64),
        }
    }

    /// Whether the live activation is about to go on with an instruction that has read.
    #[inline]
    pub(crate) fn is_half_done(&self) -> bool {
        self.cpu().half.is_some()
    }

    /// The live activation's instruction at `pc` has read: it counts, and the rules look at the read.
    pub(crate) fn read_first(&mut self, guest: &mut Guest, pc: u64) -> Result<(), Failure> {
        self.count_instruction()?;
        self.last_pc = pc;
        if self.sought.is_here(self.instructions) {
            self.find_sought(guest);
        }
        if let Some(known) = self.known_at(guest, pc)? {
            self.access_operands(guest, known, Part::Read)?;
        }
        let place = self.locate(pc).unwrap_or_else(|| format!("{pc:#x}"));
        self.note(format!(
            "{place} has read, and others go on before it writes"
        ));
        Ok(())
    }

    /// What is left to do of the instruction that the live activation is about to execute.
    pub(super) fn part_to_do(&self) -> Part {
        if self.is_half_done() {
            Part::Write
        } else {
            Part::Whole
        }
    }

    /// The live activation executes its instruction: where that has read before, the memory holds again what was read.
    pub(super) fn put_back(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        match self.cpu_mut().half.take() {
            Some(half) => guest.write(half.address, half.bytes()),
            None => Ok(()),
        }
    }
}
