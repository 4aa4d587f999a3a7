//! From an activation's registers to its callers, by the image's function table (`.pdata`).
//!
//! The rules are those of "x64 exception handling", section "Unwind procedure" (learn.microsoft.com,
//! cpp/build/exception-handling-x64): a function without an entry is a leaf, whose return address is at
//! RSP; in an epilogue the rest of it is carried out; anywhere else the prologue's steps so far are undone.
//!
//! The crate `pe-unwind-info` reads the tables. The procedure is written here, because that crate takes every
//! `jmp` for the end of an epilogue: a call that is followed by a jump backwards, as in a loop, would
//! have its caller looked for in the middle of the frame.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind};
use pe_unwind_info::x86_64::{
    FunctionTableEntries, Register, RuntimeFunction, UnwindInfo, UnwindInfoTrailer, UnwindOperation,
};

use crate::Image;

/// Tables that lead in a circle end here: no function is chained through more entries.
const MAX_CHAIN: usize = 32;
/// One release of the frame and eight nonvolatile registers, and some to spare.
const MAX_EPILOGUE: usize = 12;

/// The registers of an activation that its callers can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The instruction pointer.
    pub rip: u64,
    /// The general registers, in the order of their encoding: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI,
    /// R8 to R15. After a step the volatile ones say nothing.
    pub registers: [u64; 16],
}

impl Context {
    /// The place of RSP among the registers.
    pub const RSP: usize = Register::RSP as usize;

    /// The stack pointer.
    #[must_use]
    pub fn rsp(&self) -> u64 {
        self.registers[Self::RSP]
    }

    fn release(&mut self, bytes: u64) {
        self.registers[Self::RSP] = self.registers[Self::RSP].wrapping_add(bytes);
    }

    fn pop(&mut self, stack: &mut impl FnMut(u64) -> Option<u64>) -> Option<u64> {
        let value = stack(self.rsp())?;
        self.release(8);
        Some(value)
    }
}

/// What an activation's instruction pointer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rip {
    /// The address of the next instruction: of an activation that was interrupted, or is stepped through.
    Next,
    /// A return address: of a caller.
    Return,
}

/// Finds callers in an image that is loaded at `base`.
#[derive(Clone, Copy)]
pub struct Unwinder<'a> {
    image: &'a Image,
    base: u64,
}

impl<'a> Unwinder<'a> {
    /// For the image as it is loaded at `base`.
    #[must_use]
    pub fn new(image: &'a Image, base: u64) -> Self {
        Self { image, base }
    }

    /// The registers of the caller as the call returns, its return address in `rip`.
    ///
    /// An address outside of the image, such as that of a routine of the kernel or a call to nowhere, is
    /// taken for a leaf's. `stack` reads the 8 bytes at an address; `None` where it cannot, or the tables
    /// are damaged.
    pub fn caller(
        &self,
        context: &Context,
        rip: Rip,
        stack: &mut impl FnMut(u64) -> Option<u64>,
    ) -> Option<Context> {
        let mut caller = *context;
        let at = self.rva(context.rip);
        // The call may be the function's last instruction, and its return address the next function's.
        let within = match rip {
            Rip::Next => at,
            Rip::Return => at.and_then(|at| at.checked_sub(1)),
        };
        if let (Some(at), Some(function)) = (at, within.and_then(|rva| self.function(rva))) {
            let epilogue = match rip {
                Rip::Next => self.epilogue(at, function),
                // The rest of an epilogue is undone to the same effect where its prologue is undone.
                Rip::Return => None,
            };
            if let Some(steps) = epilogue {
                steps.carry_out(&mut caller, stack)?;
            } else if let Some(rip) = self.undo(at, function, &mut caller, stack)? {
                caller.rip = rip;
                return Some(caller);
            }
        }
        caller.rip = caller.pop(stack)?;
        Some(caller)
    }

    /// The return addresses from the innermost call out, as far as they lie in the image, at most `limit`.
    pub fn return_addresses(
        &self,
        context: &Context,
        limit: usize,
        mut stack: impl FnMut(u64) -> Option<u64>,
    ) -> Vec<u64> {
        let mut addresses = Vec::new();
        let mut current = (*context, Rip::Next);
        while addresses.len() < limit {
            let Some(caller) = self.caller(&current.0, current.1, &mut stack) else {
                break;
            };
            // A stack grows downward: a caller at or below its callee is damage, and no end.
            if caller.rsp() <= current.0.rsp() || !self.is_code(caller.rip) {
                break;
            }
            addresses.push(caller.rip);
            current = (caller, Rip::Return);
        }
        addresses
    }

    fn rva(&self, address: u64) -> Option<u32> {
        let rva = u32::try_from(address.checked_sub(self.base)?).ok()?;
        (rva < self.image.size()).then_some(rva)
    }

    fn is_code(&self, address: u64) -> bool {
        self.rva(address)
            .and_then(|rva| self.image.section_at(rva))
            .is_some_and(|section| section.protection.execute)
    }

    fn function(&self, rva: u32) -> Option<&'a RuntimeFunction> {
        FunctionTableEntries::parse(self.image.function_table()).lookup(rva)
    }

    fn unwind_info(&self, function: &RuntimeFunction) -> Option<UnwindInfo<'a>> {
        let at = function.unwind_info_address.get() as usize;
        UnwindInfo::parse(self.image.memory().get(at..)?)
    }

    /// The entry that holds the beginning of the function which `function` is a part of.
    fn primary(&self, function: &'a RuntimeFunction) -> Option<&'a RuntimeFunction> {
        let mut primary = function;
        for _ in 0..MAX_CHAIN {
            match self.unwind_info(primary)?.trailer() {
                Some(UnwindInfoTrailer::ChainedUnwindInfo { chained }) => primary = chained,
                _ => return Some(primary),
            }
        }
        None
    }

    /// Undoes what the prologue has done by `at`; the address to go on at, where a trap frame has it.
    #[expect(
        clippy::option_option,
        reason = "no caller and no trap frame are two different answers"
    )]
    fn undo(
        &self,
        at: u32,
        mut function: &'a RuntimeFunction,
        context: &mut Context,
        stack: &mut impl FnMut(u64) -> Option<u64>,
    ) -> Option<Option<u64>> {
        let mut done = at.saturating_sub(function.begin_address.get());
        for _ in 0..MAX_CHAIN {
            let info = self.unwind_info(function)?;
            let operations = || {
                info.unwind_operations()
                    .filter(|(offset, _)| u32::from(*offset) <= done)
            };
            // Until the prologue has set the frame pointer, RSP is the base of the frame.
            let framed = operations()
                .any(|(_, operation)| matches!(operation, UnwindOperation::RestoreSPFromFP));
            // The chained parts of a function have the frame pointer that the primary has set.
            let framed = framed || info.trailer().as_ref().is_some_and(is_chained);
            let offset = u64::from(info.frame_register_offset());
            let frame = info
                .frame_register()
                .filter(|_| framed)
                .map(|register| context.registers[register as usize].wrapping_sub(offset));
            for (_, operation) in operations() {
                match operation {
                    UnwindOperation::PopNonVolatile(register) => {
                        context.registers[register as usize] = context.pop(stack)?;
                    }
                    UnwindOperation::UnStackAlloc(bytes) => context.release(bytes.into()),
                    UnwindOperation::RestoreSPFromFP => {
                        if let Some(frame) = frame {
                            context.registers[Context::RSP] = frame;
                        }
                    }
                    UnwindOperation::ReadNonVolatile(register, place) => {
                        let base = frame.unwrap_or(context.registers[Context::RSP]);
                        // The offset is opaque: it is added to what the frame register is said to hold.
                        let address = info.resolve_offset(
                            |register| match register {
                                Register::RSP => base,
                                _ => base.wrapping_add(offset),
                            },
                            place,
                        );
                        context.registers[register as usize] = stack(address)?;
                    }
                    // Callers are found without them.
                    UnwindOperation::ReadXMM(..) | UnwindOperation::EpilogInformation(_) => {}
                    UnwindOperation::PopMachineFrame { error_code } => {
                        let rip = context.rsp().wrapping_add(if error_code { 8 } else { 0 });
                        let address = stack(rip)?;
                        context.registers[Context::RSP] = stack(rip.wrapping_add(24))?;
                        return Some(Some(address));
                    }
                }
            }
            match info.trailer() {
                Some(UnwindInfoTrailer::ChainedUnwindInfo { chained }) => function = chained,
                _ => return Some(None),
            }
            // The part runs with the whole prologue of what it is chained to behind it.
            done = u32::MAX;
        }
        None
    }

    /// What is left of the epilogue that `at` lies in.
    fn epilogue(&self, at: u32, function: &'a RuntimeFunction) -> Option<Epilogue> {
        let frame = self.unwind_info(self.primary(function)?)?.frame_register();
        let end = function.end_address.get() as usize;
        let code = self.image.memory().get(at as usize..end)?;
        let mut decoder = Decoder::with_ip(64, code, at.into(), DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let mut epilogue = Epilogue::default();
        for index in 0..MAX_EPILOGUE {
            decoder.decode_out(&mut instruction);
            match instruction.mnemonic() {
                Mnemonic::Add if index == 0 && is_rsp(&instruction) => {
                    let bytes = instruction.try_immediate(1).ok()?;
                    epilogue.release = Some((Register::RSP, bytes));
                }
                Mnemonic::Lea if index == 0 && is_rsp(&instruction) => {
                    let base = register(instruction.memory_base())?;
                    let plain = instruction.memory_index() == iced_x86::Register::None;
                    if !plain || Some(base) != frame {
                        return None;
                    }
                    epilogue.release = Some((base, instruction.memory_displacement64()));
                }
                Mnemonic::Pop => epilogue.pops.push(register(instruction.op0_register())?),
                Mnemonic::Ret => return Some(epilogue),
                Mnemonic::Jmp => {
                    return self.leaves(&instruction, function).then_some(epilogue);
                }
                _ => return None,
            }
        }
        None
    }

    /// Whether a jump leaves its function for good, as the last call of a function may be made.
    fn leaves(&self, jump: &Instruction, function: &'a RuntimeFunction) -> bool {
        if jump.flow_control() == FlowControl::UnconditionalBranch {
            let target = u32::try_from(jump.near_branch_target()).unwrap_or(u32::MAX);
            let Some(own) = self.primary(function) else {
                return false;
            };
            let begin = own.begin_address.get();
            let of_target = self
                .function(target)
                .and_then(|function| self.primary(function));
            return target == begin
                || of_target.is_none_or(|other| other.begin_address.get() != begin);
        }
        // Through an import, or by a register with a needless REX.W, which marks the jump as a call.
        let marked = usize::try_from(jump.ip())
            .ok()
            .and_then(|ip| self.image.memory().get(ip))
            .is_some_and(|first| first & 0xf8 == 0x48);
        jump.is_ip_rel_memory_operand() || marked
    }
}

/// What is left of an epilogue.
#[derive(Default)]
struct Epilogue {
    /// The register that RSP is set from, and what is added.
    release: Option<(Register, u64)>,
    pops: Vec<Register>,
}

impl Epilogue {
    fn carry_out(
        &self,
        context: &mut Context,
        stack: &mut impl FnMut(u64) -> Option<u64>,
    ) -> Option<()> {
        if let Some((base, bytes)) = self.release {
            context.registers[Context::RSP] = context.registers[base as usize].wrapping_add(bytes);
        }
        for register in &self.pops {
            context.registers[*register as usize] = context.pop(stack)?;
        }
        Some(())
    }
}

fn is_chained(trailer: &UnwindInfoTrailer<'_>) -> bool {
    matches!(trailer, UnwindInfoTrailer::ChainedUnwindInfo { .. })
}

fn is_rsp(instruction: &Instruction) -> bool {
    instruction.op0_kind() == OpKind::Register
        && instruction.op0_register() == iced_x86::Register::RSP
}

fn register(register: iced_x86::Register) -> Option<Register> {
    if !register.is_gpr64() {
        return None;
    }
    Register::try_from(u8::try_from(register.number()).ok()?).ok()
}
