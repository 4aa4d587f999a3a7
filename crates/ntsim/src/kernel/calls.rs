//! The driver's calls that led to where an activation stands, by the image's function table.
//!
//! A stack holds the driver's frames and, where the kernel called the driver from one of its routines, nothing of the
//! kernel's: what the kernel was doing is in the activation's own frames. There the callback's frames end, and those of the
//! driver's call of that routine go on.

use image::unwind::{Context, Rip, Unwinder};

use crate::{
    guest::{Guest, code::Found, layout},
    kernel::{
        Kernel,
        state::{activation::Activation, sought::Sought},
    },
};

/// What a reader looks at, and some to spare.
pub(super) const DEEPEST: usize = 32;

impl<A> Kernel<A> {
    /// Has the driver's calls be kept that there are at the moment at which so many instructions of the run were executed.
    pub(crate) fn seek(&mut self, instructions: u64) {
        self.sought = Sought::of(instructions);
    }

    /// The calls that were sought, innermost first.
    pub(crate) fn sought(&self) -> &[String] {
        &self.sought.calls
    }

    /// The moment has come whose calls are sought.
    #[cold]
    pub(super) fn find_sought(&mut self, guest: &Guest) {
        let stack = self.live_calls(guest, DEEPEST);
        self.sought.calls = self.describe_stack(&stack);
        self.stood(stack);
    }

    /// The places of the live activation in the driver, innermost first: the instruction or the call that it is at, and
    /// each call that led there, `most` of them.
    pub(super) fn live_calls(&self, guest: &Guest, most: usize) -> Vec<u64> {
        match self.live.and_then(|cpu| self.innermost(cpu)) {
            Some(activation) => self.calls_of(guest, activation, guest.general_registers(), most),
            None => Vec::new(),
        }
    }

    /// As [`Self::live_calls`], of an activation that is put aside.
    pub(super) fn calls_put_aside(&self, guest: &Guest, activation: &Activation<A>) -> Vec<u64> {
        let saved = activation.registers.as_ref();
        let Some(Ok(registers)) = saved.map(|saved| guest.saved_registers(saved)) else {
            return Vec::new();
        };
        let context = Context {
            rip: activation.pc,
            ..registers
        };
        self.calls_of(guest, activation, context, DEEPEST)
    }

    fn calls_of(
        &self,
        guest: &Guest,
        activation: &Activation<A>,
        mut context: Context,
        most: usize,
    ) -> Vec<u64> {
        let unwinder = Unwinder::new(&self.image, layout::IMAGE_BASE);
        let mut stack = |address| guest.read_u64(address).ok();
        let mut found = Vec::new();
        let mut frames = activation.frames.iter().rev();
        // A routine that has paused keeps in its own frame what it was called by.
        let paused = frames.clone().next().filter(|record| record.irql.is_none());
        let serves = activation.call.or_else(|| paused?.call);
        if self.is_code(context.rip) {
            found.push(context.rip);
        } else {
            found.extend(serves.map(|call| call.at));
        }
        let mut rip = Rip::Next;
        while found.len() < most {
            let Some(caller) = unwinder.caller(&context, rip, &mut stack) else {
                break;
            };
            // A stack grows downward: a caller at or below its callee is damage.
            if caller.rsp() <= context.rsp() {
                break;
            }
            context = caller;
            if self.is_code(caller.rip) {
                let known = found.last().is_some_and(|at| self.ends_at(*at, caller.rip));
                if !known {
                    found.push(caller.rip - 1);
                }
                rip = Rip::Return;
            } else if caller.rip == layout::TRAP_BASE
                && let Some(outer) = frames.find(|record| record.irql.is_some())
            {
                // The driver's registers are those of its call: the kernel keeps what a callee keeps.
                context.registers[Context::RSP] = outer.rsp;
                found.extend(outer.call.map(|call| call.at));
                rip = Rip::Next;
            } else {
                break;
            }
        }
        found
    }

    /// Whether the instruction at `at`, which was executed, ends where the next begins.
    fn ends_at(&self, at: u64, next: u64) -> bool {
        matches!(self.code.borrow().at(at), Found::Known(known) if known.next == next)
    }

    fn is_code(&self, address: u64) -> bool {
        address
            .checked_sub(layout::IMAGE_BASE)
            .and_then(|rva| u32::try_from(rva).ok())
            .and_then(|rva| self.image.section_at(rva))
            .is_some_and(|section| section.protection.execute)
    }
}
