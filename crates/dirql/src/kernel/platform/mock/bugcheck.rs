//! A stopped machine: a panic that a test can catch.

use core::fmt;
use std::panic;

/// What the mock kernel stopped with; the payload of its panic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Bugcheck {
    /// The bug check code.
    pub code: u32,
    /// Its four parameters.
    pub parameters: [usize; 4],
}

/// `IRQL_NOT_LESS_OR_EQUAL`: what the mock kernel stops with where a caller stands too high.
const IRQL_NOT_LESS_OR_EQUAL: u32 = 0x0a;
/// `IRQL_NOT_GREATER_OR_EQUAL`: what it stops with where a raise would be a lowering.
const IRQL_NOT_GREATER_OR_EQUAL: u32 = 0x09;
/// `DRIVER_VERIFIER_DETECTED_VIOLATION`: what it stops with for everything else that a page forbids.
const DRIVER_VERIFIER_DETECTED_VIOLATION: u32 = 0xc4;

impl fmt::Debug for Bugcheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bug check {:#x} {:x?}", self.code, self.parameters)
    }
}

/// Stops the machine.
pub(crate) fn bugcheck(code: u32, parameters: [usize; 4]) -> ! {
    let bugcheck = Bugcheck { code, parameters };
    // In a routine that NT calls, a panic ends the process, and nothing catches it.
    std::eprintln!("mock kernel: {bugcheck:?}");
    panic::panic_any(bugcheck)
}

/// Stops the machine where the IRQL of this thread is above `highest`.
#[track_caller]
pub(super) fn require_at_most(highest: u8) {
    let irql = super::irql();
    if irql > highest {
        bugcheck(
            IRQL_NOT_LESS_OR_EQUAL,
            [0, usize::from(irql), usize::from(highest), 0],
        );
    }
}

/// Stops the machine where the IRQL of this thread is above `target`, to which it is to be raised.
pub(super) fn require_raise(target: u8) {
    let irql = super::irql();
    if irql > target {
        bugcheck(
            IRQL_NOT_GREATER_OR_EQUAL,
            [0, usize::from(irql), usize::from(target), 0],
        );
    }
}

/// Stops the machine with a text where a rule of a page is broken.
pub(super) fn require(kept: bool, rule: &'static str) {
    if !kept {
        std::eprintln!("mock kernel: {rule}");
        bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION, [0; 4]);
    }
}
