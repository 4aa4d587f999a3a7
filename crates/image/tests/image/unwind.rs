//! Callers at every instruction of functions of each shape, held against an execution that keeps a list of
//! its own of who called whom.

use std::collections::BTreeMap;

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use image::{
    Image,
    unwind::{Context, Rip, Unwinder},
};

use crate::sample::{RDATA, Sample, TEXT, Which};

/// Where the image is loaded.
const LOADED: u64 = 0xFFFF_F801_4000_0000;
const STACK: u64 = 0xFFFF_D000_0000_8000;

/// Saves by pushes and by a move, calls, jumps within itself and to its cold part.
const PUSHES: u32 = TEXT + 0x40;
/// Has a frame pointer and a stack that grows in its body; ends in a jump to another function.
const FRAMED: u32 = TEXT + 0x80;
/// The cold part of [`PUSHES`].
const COLD: u32 = TEXT + 0xC0;
/// Has no entry in the function table.
const LEAF: u32 = TEXT;

const TABLE: u32 = RDATA + 0x380;
const INFORMATION: u32 = RDATA + 0x3A8;

/// A call or a jump of five bytes at the end of `code`, which begins at `start`.
fn branch(code: &mut Vec<u8>, start: u32, opcode: u8, target: u32) {
    let next = start + u32::try_from(code.len()).unwrap() + 5;
    code.push(opcode);
    code.extend_from_slice(&target.wrapping_sub(next).to_le_bytes());
}

const CALL: u8 = 0xE8;
const JUMP: u8 = 0xE9;

fn program() -> Image {
    let mut sample = Sample::new();
    let size = Sample::section_field(Which::Text, 8);
    sample.put_u32(size, 0x200);

    // push rbx; push rsi; sub rsp, 28h; mov [rsp+40h], rdi
    let mut pushes = vec![0x53, 0x56, 0x48, 0x83, 0xEC, 0x28];
    pushes.extend([0x48, 0x89, 0x7C, 0x24, 0x40]);
    // xor ebx, ebx; xor edi, edi: what was saved is gone from the registers.
    pushes.extend([0x31, 0xDB, 0x31, 0xFF]);
    branch(&mut pushes, PUSHES, CALL, LEAF);
    // A jump right behind a call: to the next instruction.
    pushes.extend([0xEB, 0x00]);
    branch(&mut pushes, PUSHES, CALL, FRAMED);
    branch(&mut pushes, PUSHES, JUMP, COLD);
    let back = PUSHES + u32::try_from(pushes.len()).unwrap();
    // mov rdi, [rsp+40h]; add rsp, 28h; pop rsi; pop rbx; ret
    pushes.extend([0x48, 0x8B, 0x7C, 0x24, 0x40]);
    pushes.extend([0x48, 0x83, 0xC4, 0x28, 0x5E, 0x5B, 0xC3]);
    sample.put(PUSHES, &pushes);

    // push rbp; sub rsp, 30h; lea rbp, [rsp+20h]; sub rsp, 40h
    let mut framed = vec![0x55, 0x48, 0x83, 0xEC, 0x30, 0x48, 0x8D, 0x6C, 0x24, 0x20];
    framed.extend([0x48, 0x83, 0xEC, 0x40]);
    branch(&mut framed, FRAMED, CALL, LEAF);
    // lea rsp, [rbp+10h]; pop rbp; jmp LEAF
    framed.extend([0x48, 0x8D, 0x65, 0x10, 0x5D]);
    branch(&mut framed, FRAMED, JUMP, LEAF);
    sample.put(FRAMED, &framed);

    let mut cold = Vec::new();
    branch(&mut cold, COLD, CALL, LEAF);
    branch(&mut cold, COLD, JUMP, back);
    sample.put(COLD, &cold);

    // Version 1, length of the prologue, slots, frame register; then the steps, the last first.
    let of_pushes = INFORMATION;
    let save_rdi = [11, 0x74, 0x40 / 8, 0];
    sample.put(of_pushes, &[1, 11, 5, 0]);
    sample.put(of_pushes + 4, &save_rdi);
    sample.put(of_pushes + 8, &[6, 0x42, 2, 0x60, 1, 0x30]);
    let of_framed = INFORMATION + 16;
    sample.put(of_framed, &[1, 10, 3, 0x25]);
    sample.put(of_framed + 4, &[10, 0x03, 5, 0x52, 1, 0x50]);
    let of_cold = INFORMATION + 28;
    sample.put(of_cold, &[1 | 4 << 3, 0, 0, 0]);
    let end = |start: u32, code: &[u8]| start + u32::try_from(code.len()).unwrap();
    let entry = |start: u32, end: u32, information: u32| {
        [start, end, information].map(u32::to_le_bytes).concat()
    };
    let first = entry(PUSHES, end(PUSHES, &pushes), of_pushes);
    sample.put(of_cold + 4, &first);
    sample.put(TABLE, &first);
    sample.put(TABLE + 12, &entry(FRAMED, end(FRAMED, &framed), of_framed));
    sample.put(TABLE + 24, &entry(COLD, end(COLD, &cold), of_cold));
    sample.directory(3, TABLE, 36);
    sample.seal();
    crate::load(&sample).unwrap()
}

/// A processor that knows the instructions above, and who called whom.
struct Execution<'a> {
    image: &'a Image,
    context: Context,
    memory: BTreeMap<u64, u64>,
    /// The registers at each call, as they are to be found again when it returns.
    calls: Vec<Context>,
}

impl<'a> Execution<'a> {
    fn new(image: &'a Image) -> Self {
        let registers = std::array::from_fn(|index| 0x1111 * (index as u64 + 1));
        let mut execution = Self {
            image,
            context: Context {
                rip: LOADED + u64::from(PUSHES),
                registers,
            },
            memory: BTreeMap::new(),
            calls: Vec::new(),
        };
        execution.context.registers[4] = STACK;
        // The kernel calls, from where no image is.
        execution.call(0xFFFF_8000_0000_1000, LOADED + u64::from(PUSHES));
        execution
    }

    fn call(&mut self, from: u64, to: u64) {
        let caller = Context {
            rip: from,
            ..self.context
        };
        self.calls.push(caller);
        self.push(from);
        self.context.rip = to;
    }

    fn push(&mut self, value: u64) {
        self.context.registers[4] -= 8;
        self.memory.insert(self.context.rsp(), value);
    }

    fn pop(&mut self) -> u64 {
        let value = self.memory[&self.context.rsp()];
        self.context.registers[4] += 8;
        value
    }

    fn register(&mut self, register: Register) -> &mut u64 {
        &mut self.context.registers[register.full_register().number()]
    }

    fn address(&mut self, instruction: &Instruction) -> u64 {
        let base = *self.register(instruction.memory_base());
        base.wrapping_add(instruction.memory_displacement64())
    }

    fn step(&mut self) {
        let rva = usize::try_from(self.context.rip - LOADED).unwrap();
        let code = &self.image.memory()[rva..];
        let mut decoder = Decoder::with_ip(64, code, self.context.rip, DecoderOptions::NONE);
        let instruction = decoder.decode();
        self.context.rip = instruction.next_ip();
        let first = instruction.op0_register();
        match instruction.mnemonic() {
            Mnemonic::Push => {
                let value = *self.register(first);
                self.push(value);
            }
            Mnemonic::Pop => {
                let value = self.pop();
                *self.register(first) = value;
            }
            Mnemonic::Sub => *self.register(first) -= instruction.immediate(1),
            Mnemonic::Add => *self.register(first) += instruction.immediate(1),
            Mnemonic::Xor => *self.register(first) = 0,
            Mnemonic::Lea => {
                let address = self.address(&instruction);
                *self.register(first) = address;
            }
            Mnemonic::Mov if instruction.op0_kind() == OpKind::Memory => {
                let address = self.address(&instruction);
                let value = *self.register(instruction.op1_register());
                self.memory.insert(address, value);
            }
            Mnemonic::Mov if instruction.op1_kind() == OpKind::Memory => {
                let address = self.address(&instruction);
                *self.register(first) = self.memory[&address];
            }
            Mnemonic::Mov => *self.register(first) = instruction.immediate(1),
            Mnemonic::Call => self.call(self.context.rip, instruction.near_branch_target()),
            Mnemonic::Jmp => self.context.rip = instruction.near_branch_target(),
            Mnemonic::Ret => {
                self.context.rip = self.pop();
                self.calls.pop();
            }
            other => panic!("{other:?} is not in the program"),
        }
    }

    /// What every function has to hand back as it was: RBX, RSP, RBP, RSI, RDI, R12 to R15.
    fn kept(context: &Context) -> Vec<u64> {
        [3, 4, 5, 6, 7, 12, 13, 14, 15]
            .map(|index| context.registers[index])
            .to_vec()
    }

    fn compare(&self) {
        let unwinder = Unwinder::new(self.image, LOADED);
        let here = format!("at RVA {:#x}", self.context.rip - LOADED);
        let mut stack = |address| self.memory.get(&address).copied();
        let mut current = (self.context, Rip::Next);
        for expected in self.calls.iter().rev() {
            let found = unwinder
                .caller(&current.0, current.1, &mut stack)
                .unwrap_or_else(|| panic!("no caller {here}"));
            assert_eq!(found.rip, expected.rip, "{here}");
            assert_eq!(Self::kept(&found), Self::kept(expected), "{here}");
            current = (found, Rip::Return);
        }
        let addresses: Vec<u64> = self.calls[1..].iter().rev().map(|call| call.rip).collect();
        assert_eq!(
            unwinder.return_addresses(&self.context, 8, stack),
            addresses,
            "{here}"
        );
    }
}

#[test]
fn every_instruction_of_every_shape_of_function_leads_to_its_callers() {
    let image = program();
    let mut execution = Execution::new(&image);
    let mut visited = 0;
    while !execution.calls.is_empty() {
        execution.compare();
        execution.step();
        visited += 1;
    }
    assert_eq!(visited, 33, "all of the program was run");
}

#[test]
fn a_call_to_nowhere_is_a_leaf_of_its_caller() {
    let image = program();
    let mut execution = Execution::new(&image);
    while execution.calls.len() < 2 {
        execution.step();
    }
    let caller = execution.calls[1].rip;
    execution.context.rip = 0;
    execution.compare();
    let unwinder = Unwinder::new(&image, LOADED);
    let stack = |address| execution.memory.get(&address).copied();
    assert_eq!(
        unwinder.return_addresses(&execution.context, 8, stack),
        [caller]
    );
}

#[test]
fn tables_that_lead_in_a_circle_or_out_of_the_image_end_without_a_caller() {
    for (field, value) in [
        // The cold part chained to itself.
        (INFORMATION + 28 + 4 + 8, INFORMATION + 28),
        (TABLE + 24 + 8, 0xFFFF_FFF0),
    ] {
        let sound = program();
        let mut sample = Sample::new();
        let size = Sample::section_field(Which::Text, 8);
        sample.put_u32(size, 0x200);
        sample.put(TEXT, &sound.memory()[TEXT as usize..][..0x200]);
        sample.put(TABLE, &sound.memory()[TABLE as usize..][..0x80]);
        sample.put(field, &value.to_le_bytes());
        sample.directory(3, TABLE, 36);
        sample.seal();
        let image = crate::load(&sample).unwrap();
        let context = Context {
            rip: LOADED + u64::from(COLD),
            registers: [STACK; 16],
        };
        let unwinder = Unwinder::new(&image, LOADED);
        let found = unwinder.caller(&context, Rip::Next, &mut |_| Some(0));
        assert_eq!(found, None, "{field:#x}");
    }
}
