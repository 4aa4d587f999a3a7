//! Call sites: the instructions of an image that call what may be refused, found without running it.
//!
//! An import is called through its slot in the image, a function of the framework through a table whose address the driver
//! keeps. Either may be held in a register for a while, so registers are followed along the ways of the code.

use std::collections::{BTreeMap, HashMap};

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
#[derive(Clone, Default)]
struct Registers {
    held: BTreeMap<Register, Held>,
    spilled: BTreeMap<u64, Held>,
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

    /// Keeps what `other` holds as well; whether that changes anything.
    fn meet(&mut self, other: &Self) -> bool {
        let before = (self.held.len(), self.spilled.len());
        self.held
            .retain(|at, held| other.held.get(at) == Some(held));
        self.spilled
            .retain(|at, held| other.spilled.get(at) == Some(held));
        before != (self.held.len(), self.spilled.len())
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
        let code = Code::of(image);
        let before = code.follow(&places);
        let sites = before.iter().filter_map(|(ip, registers)| {
            let instruction = &code.instructions[ip];
            match instruction.flow_control() {
                FlowControl::IndirectCall | FlowControl::IndirectBranch => {}
                _ => return None,
            }
            let held = match instruction.op0_kind() {
                OpKind::Register => registers.get(instruction.op0_register()),
                _ => places.at(instruction, registers),
            };
            match held {
                Some(Held::Routine(routine)) if !refusals(routine).is_empty() => Some(Self {
                    rva: (ip - layout::IMAGE_BASE) as u32,
                    routine,
                }),
                _ => None,
            }
        });
        sites.collect()
    }
}

/// The code of an image.
struct Code {
    instructions: BTreeMap<u64, Instruction>,
    /// Where functions begin.
    entries: Vec<u64>,
}

impl Code {
    fn of(image: &Image) -> Self {
        let (mut instructions, mut entries) = (BTreeMap::new(), Vec::new());
        for entry in image.function_table().chunks_exact(12) {
            let word = |at: usize| {
                u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
            };
            let (from, to, unwind) = (word(0), word(4), word(8) as usize);
            let memory = image.memory();
            let Some(code) = memory.get(from as usize..to as usize) else {
                continue;
            };
            let base = layout::IMAGE_BASE + u64::from(from);
            // A part of another function is entered by its jumps alone.
            let is_part = memory.get(unwind).is_some_and(|it| it >> 3 & CHAINED != 0);
            if !is_part {
                entries.push(base);
            }
            for instruction in &mut Decoder::with_ip(64, code, base, DecoderOptions::NONE) {
                instructions.insert(instruction.ip(), instruction);
            }
        }
        Self {
            instructions,
            entries,
        }
    }

    /// What registers and the stack hold before each instruction, on every way that leads there. Where a way leads through a
    /// table of addresses, which is not followed, they hold nothing that is known.
    fn follow(&self, places: &Places) -> BTreeMap<u64, Registers> {
        let mut settled = BTreeMap::new();
        self.follow_from(&self.entries, places, &mut settled);
        for at in self.instructions.keys() {
            if !settled.contains_key(at) {
                self.follow_from(&[*at], places, &mut settled);
            }
        }
        settled
    }

    /// As [`Self::follow`], from some instructions, as far as nothing is settled.
    fn follow_from(&self, from: &[u64], places: &Places, settled: &mut BTreeMap<u64, Registers>) {
        let mut factory = InstructionInfoFactory::new();
        let mut before: BTreeMap<u64, Registers> = BTreeMap::new();
        let mut waiting = Vec::new();
        for entry in from {
            before.insert(*entry, Registers::default());
            waiting.push(*entry);
        }
        while let Some(at) = waiting.pop() {
            let Some(instruction) = self.instructions.get(&at) else {
                continue;
            };
            let mut registers = before[&at].clone();
            step(instruction, places, &mut registers, &mut factory);
            for next in successors(instruction).into_iter().flatten() {
                if !self.instructions.contains_key(&next) || settled.contains_key(&next) {
                    continue;
                }
                let changed = if let Some(known) = before.get_mut(&next) {
                    known.meet(&registers)
                } else {
                    before.insert(next, registers.clone());
                    true
                };
                if changed {
                    waiting.push(next);
                }
            }
        }
        settled.append(&mut before);
    }
}

/// `UNW_FLAG_CHAININFO`.
const CHAINED: u8 = 4;

/// Where an instruction goes on, but for calls and indirect jumps.
fn successors(instruction: &Instruction) -> [Option<u64>; 2] {
    let (next, target) = (instruction.next_ip(), instruction.near_branch_target());
    match instruction.flow_control() {
        FlowControl::UnconditionalBranch => [Some(target), None],
        FlowControl::ConditionalBranch => [Some(next), Some(target)],
        FlowControl::Return
        | FlowControl::IndirectBranch
        | FlowControl::Interrupt
        | FlowControl::Exception => [None, None],
        _ => [Some(next), None],
    }
}

/// Follows what an instruction does to registers and the stack.
fn step(
    instruction: &Instruction,
    places: &Places,
    registers: &mut Registers,
    factory: &mut InstructionInfoFactory,
) {
    if let FlowControl::Call | FlowControl::IndirectCall = instruction.flow_control() {
        registers.after_call();
        return;
    }
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
