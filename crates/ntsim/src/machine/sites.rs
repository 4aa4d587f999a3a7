//! Call sites: the instructions of an image that call what may be refused, found without running it.
//!
//! An import is called through its slot in the image, a function of the framework through a table whose address the driver
//! keeps. Either may be held in a register for a while, so registers are followed in the order of addresses.

use std::collections::HashMap;

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess,
    OpKind, Register,
};
use image::Image;

use crate::{
    declared::{self, refusals::refusals},
    guest::layout,
};

/// An instruction that calls a routine which may be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// Where it is, relative to the image.
    pub rva: u32,
    /// The routine.
    pub routine: &'static str,
}

/// What a register holds, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The address of the framework's functions.
    Table,
    /// The address of a routine.
    Routine(&'static str),
}

/// What memory at fixed addresses holds.
struct Places {
    imports: HashMap<u64, &'static str>,
    table: u64,
    functions: &'static [&'static str],
}

impl Places {
    /// What an operand in memory holds; none where that does not matter.
    fn at(&self, instruction: &Instruction, registers: &Registers) -> Option<Held> {
        if instruction.memory_index() != Register::None {
            return None;
        }
        if instruction.is_ip_rel_memory_operand() {
            let address = instruction.ip_rel_memory_address();
            if address == self.table {
                return Some(Held::Table);
            }
            return self.imports.get(&address).map(|name| Held::Routine(name));
        }
        let offset = instruction.memory_displacement64();
        match instruction.memory_base() {
            Register::RSP | Register::RBP => registers.spilled.get(&offset).copied(),
            base if registers.get(base) == Some(Held::Table) => {
                let index = usize::try_from(offset / 8).ok()?;
                self.functions.get(index).map(|name| Held::Routine(name))
            }
            _ => None,
        }
    }
}

/// What registers and the stack hold.
#[derive(Default)]
struct Registers {
    held: HashMap<Register, Held>,
    spilled: HashMap<u64, Held>,
}

impl Registers {
    fn get(&self, register: Register) -> Option<Held> {
        self.held.get(&register.full_register()).copied()
    }

    fn set(&mut self, register: Register, held: Option<Held>) {
        match held {
            Some(held) => self.held.insert(register.full_register(), held),
            None => self.held.remove(&register.full_register()),
        };
    }

    /// A call has returned: what a callee does not keep is gone.
    fn after_call(&mut self) {
        use Register::{R8, R9, R10, R11, RAX, RCX, RDX};
        for lost in [RAX, RCX, RDX, R8, R9, R10, R11] {
            self.held.remove(&lost);
        }
    }
}

impl CallSite {
    /// All of an image. `table` is where the driver keeps the address of the framework's functions; 0 for nowhere.
    pub(super) fn all(image: &Image, table: u64) -> Vec<Self> {
        let imports = image.imports().iter().filter_map(|import| {
            let name = declared::routine(&import.name)?.name;
            Some((layout::IMAGE_BASE + u64::from(import.iat_rva), name))
        });
        let places = Places {
            imports: imports.collect(),
            table,
            functions: declared::functions(),
        };
        let mut sites = Vec::new();
        for entry in image.function_table().chunks_exact(12) {
            let word = |at: usize| {
                u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
            };
            find(image, word(0)..word(4), &places, &mut sites);
        }
        sites.sort_unstable_by_key(|site| site.rva);
        sites
    }
}

/// Finds the sites of a function.
fn find(image: &Image, range: std::ops::Range<u32>, places: &Places, sites: &mut Vec<CallSite>) {
    let Some(code) = image.memory().get(range.start as usize..range.end as usize) else {
        return;
    };
    let base = layout::IMAGE_BASE + u64::from(range.start);
    let (mut registers, mut factory) = (Registers::default(), InstructionInfoFactory::new());
    for instruction in Decoder::with_ip(64, code, base, DecoderOptions::NONE).iter() {
        match instruction.flow_control() {
            FlowControl::IndirectCall | FlowControl::IndirectBranch => {
                let held = match instruction.op0_kind() {
                    OpKind::Register => registers.get(instruction.op0_register()),
                    _ => places.at(&instruction, &registers),
                };
                if let Some(Held::Routine(routine)) = held
                    && !refusals(routine).is_empty()
                {
                    let rva = (instruction.ip() - layout::IMAGE_BASE) as u32;
                    sites.push(CallSite { rva, routine });
                }
                if instruction.flow_control() == FlowControl::IndirectCall {
                    registers.after_call();
                }
            }
            FlowControl::Call => registers.after_call(),
            _ => follow(&instruction, places, &mut registers, &mut factory),
        }
    }
}

/// Follows what an instruction does to registers and the stack.
fn follow(
    instruction: &Instruction,
    places: &Places,
    registers: &mut Registers,
    factory: &mut InstructionInfoFactory,
) {
    let moves = instruction.mnemonic() == Mnemonic::Mov;
    let to_register = moves && instruction.op0_kind() == OpKind::Register;
    let held = match instruction.op1_kind() {
        OpKind::Register if moves => registers.get(instruction.op1_register()),
        OpKind::Memory if to_register => places.at(instruction, registers),
        _ => None,
    };
    if moves
        && instruction.op0_kind() == OpKind::Memory
        && matches!(instruction.memory_base(), Register::RSP | Register::RBP)
        && instruction.memory_index() == Register::None
    {
        let place = instruction.memory_displacement64();
        match held {
            Some(held) => registers.spilled.insert(place, held),
            None => registers.spilled.remove(&place),
        };
        return;
    }
    for used in factory.info(instruction).used_registers() {
        if matches!(
            used.access(),
            OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite
        ) {
            registers.set(used.register(), None);
        }
    }
    if to_register {
        registers.set(instruction.op0_register(), held);
    }
}
