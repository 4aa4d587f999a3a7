//! What is known of the driver's instructions: each is decoded once.
//!
//! Code does not change, so what was found is kept with the emulator that has translated it, and goes from one machine
//! to the next.

pub(crate) mod coverage;
mod operand;
mod port;
mod split;
mod treatment;

use std::{cell::Cell, collections::BTreeMap};

use iced_x86::{Decoder, DecoderOptions, FlowControl, InstructionInfoFactory, Mnemonic};
use image::Image;

use crate::guest::layout;

use operand::{Operand, operand};
use split::{Split, split};
use treatment::treatment;

pub(crate) use operand::Use;
pub(crate) use port::{Moved, PortInstruction};
pub(crate) use treatment::Treatment;

/// An instruction that has been decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) treatment: Treatment,
    /// Its access to memory is atomic.
    pub(crate) atomic: bool,
    /// Another processor can write between what it reads and what it writes.
    pub(crate) split: Option<Split>,
    /// It goes where a register or memory says: so are the routines called that are not the driver's.
    pub(crate) indirect: bool,
    /// Where the next one begins.
    pub(crate) next: u64,
    /// Its operands in memory, as a range of all of them.
    operands: (u32, u32),
}

/// What was found at an address.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// It is not in the image.
    Outside,
    /// Nothing has looked.
    Unknown,
    /// An instruction.
    Known(Known),
}

/// The instructions of an image.
pub(crate) struct Instructions {
    /// For each byte of the image as an instruction's first: its place among the known ones, counted from 1; 0 where
    /// nothing has looked.
    places: Vec<u32>,
    known: Vec<Known>,
    /// Which of the known ones were executed since that was last forgotten.
    executed: Vec<Cell<bool>>,
    /// The conditional jumps among the known ones, with where they lead where they do not go on.
    jumps: BTreeMap<u64, u64>,
    operands: Vec<Operand>,
    /// Whether a section of code can be written.
    pub(crate) writable: bool,
    /// The sections that nothing writes and that are always there: to read them needs no look.
    constant: Vec<std::ops::Range<u64>>,
    factory: InstructionInfoFactory,
}

/// The sections of an image that NT may page out, relative to it.
pub(crate) fn pageable(image: &Image) -> Vec<std::ops::Range<u32>> {
    let sections = image.sections().iter();
    sections
        .filter(|section| section.pageable)
        .map(|section| section.rva..section.rva + section.mapped_size())
        .collect()
}

/// The longest x86 instruction.
pub(crate) const LENGTH_MAX: usize = 15;

impl Instructions {
    pub(crate) fn new(image: &Image) -> Self {
        let sections = || image.sections().iter();
        let constant = sections().filter(|section| !section.protection.write && !section.pageable);
        Self {
            places: vec![0; image.size() as usize],
            known: Vec::new(),
            executed: Vec::new(),
            jumps: BTreeMap::new(),
            operands: Vec::new(),
            constant: constant
                .map(|section| {
                    let from = layout::IMAGE_BASE + u64::from(section.rva);
                    from..from + u64::from(section.mapped_size())
                })
                .collect(),
            writable: sections()
                .any(|section| section.protection.execute && section.protection.write),
            factory: InstructionInfoFactory::new(),
        }
    }

    /// What is known of the instruction at `pc`.
    pub(crate) fn at(&self, pc: u64) -> Found {
        let rva = usize::try_from(pc.wrapping_sub(layout::IMAGE_BASE)).ok();
        match rva.and_then(|rva| self.places.get(rva)) {
            None => Found::Outside,
            Some(0) => Found::Unknown,
            Some(place) => Found::Known(self.known[*place as usize - 1]),
        }
    }

    /// What is known of the instruction at `pc`, which is executed now.
    pub(crate) fn execute(&self, pc: u64) -> Found {
        let rva = usize::try_from(pc.wrapping_sub(layout::IMAGE_BASE)).ok();
        match rva.and_then(|rva| self.places.get(rva)) {
            None => Found::Outside,
            Some(0) => Found::Unknown,
            Some(place) => {
                let index = *place as usize - 1;
                self.executed[index].set(true);
                Found::Known(self.known[index])
            }
        }
    }

    /// What is known of the instruction at `pc`, which is executed now if it is known and does no more than to access memory.
    #[inline]
    pub(crate) fn execute_plain(&self, pc: u64) -> Option<Known> {
        let rva = usize::try_from(pc.wrapping_sub(layout::IMAGE_BASE)).ok()?;
        let index = (*self.places.get(rva)? as usize).checked_sub(1)?;
        let known = self.known[index];
        if !matches!(known.treatment, Treatment::Plain) {
            return None;
        }
        self.executed[index].set(true);
        Some(known)
    }

    /// An instruction's operands in memory, as their places.
    pub(crate) fn operands_of(known: Known) -> std::ops::Range<usize> {
        known.operands.0 as usize..known.operands.1 as usize
    }

    /// The operand at a place.
    pub(crate) fn operand(&self, place: usize) -> Operand {
        self.operands[place]
    }

    /// Decodes the instruction at `pc`, which is in the image, from its bytes.
    pub(crate) fn decode(&mut self, pc: u64, bytes: &[u8]) -> Known {
        let instruction = Decoder::with_ip(64, bytes, pc, DecoderOptions::NONE).decode();
        let first = self.operands.len() as u32;
        let treatment = treatment(&instruction);
        let executed = matches!(
            treatment,
            Treatment::Plain
                | Treatment::ExtendedState
                | Treatment::OfProcessor(_)
                | Treatment::Port(_)
        );
        if executed {
            let repeated = instruction.has_rep_prefix() || instruction.has_repne_prefix();
            let used = self.factory.info(&instruction).used_memory();
            let operands = used
                .iter()
                .filter_map(|memory| operand(&instruction, memory, repeated))
                .filter(|operand| {
                    let fixed = operand.base.is_none() && operand.index.is_none();
                    let constant =
                        |range: &std::ops::Range<u64>| range.contains(&operand.displacement);
                    !(fixed && operand.use_of == Use::Read && self.constant.iter().any(constant))
                });
            self.operands.extend(operands);
        }
        // The exchange with memory locks without being told.
        let atomic = instruction.has_lock_prefix() || instruction.mnemonic() == Mnemonic::Xchg;
        let known = Known {
            treatment,
            atomic,
            split: split(&instruction).filter(|_| executed && !atomic),
            indirect: matches!(
                instruction.flow_control(),
                FlowControl::IndirectCall | FlowControl::IndirectBranch
            ),
            next: instruction.next_ip(),
            operands: (first, self.operands.len() as u32),
        };
        if instruction.flow_control() == FlowControl::ConditionalBranch {
            self.jumps.insert(pc, instruction.near_branch_target());
        }
        self.known.push(known);
        self.executed.push(Cell::new(false));
        self.places[(pc - layout::IMAGE_BASE) as usize] = self.known.len() as u32;
        known
    }
}
