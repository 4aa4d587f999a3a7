//! An activation: one strand of execution with a stack of its own.
//!
//! A thread is one, and so is every ISR chain or DPC that a processor runs on top of its thread.
//! The kernel's part of an activation is not host code in the middle of a call but a list of
//! [`FrameRecord`]s, plain values: no host stack is ever suspended, so a switch is possible at any
//! instruction and the kernel's state can be copied.

use std::rc::Rc;

use nt_model::Status;
use unicorn_engine::Context;

use crate::kernel::race::Strand;

use super::{
    frame::{Frame, FrameRecord},
    wait::Wait,
};

/// How an activation goes on when it becomes live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// At the saved instruction.
    Run,
    /// The export that it is in returns this value.
    Return(u64),
    /// Its innermost frame goes on with this value.
    Resume(u64),
    /// As `Resume(0)`, once this spin lock is free.
    Spin(u64),
}

/// Where an activation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Thread,
    Isr,
    Dpc,
}

/// The driver's call of a routine that the kernel is at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// The instruction that calls.
    pub(crate) at: u64,
    /// The routine's name.
    pub(crate) routine: &'static str,
}

/// One strand of execution.
#[derive(Clone)]
pub(crate) struct Activation<A> {
    pub(crate) origin: Origin,
    /// Registers while it is not live; none until it has run.
    pub(crate) registers: Option<Rc<Context>>,
    /// The instruction to go on at.
    pub(crate) pc: u64,
    /// The driver's instruction that it executed last, while it is not live.
    pub(crate) last_pc: u64,
    pub(crate) then: Then,
    pub(crate) frames: Vec<FrameRecord<A>>,
    /// The call that is served; none in the driver's code, and while its routine has paused.
    pub(crate) call: Option<Call>,
    /// The first address above the stack.
    pub(crate) stack_top: u64,
    /// The IRQL that comes back when it ends.
    pub(crate) interrupted_irql: u8,
    /// For how many cycles what it interrupted had been above DISPATCH.
    pub(crate) interrupted_for: u64,
    /// What the race detector knows it as.
    pub(crate) strand: Strand,
}

impl<A> Activation<A> {
    /// An activation that begins with `frame`.
    pub(crate) fn new(
        origin: Origin,
        frame: Frame<A>,
        stack_top: u64,
        interrupted_irql: u8,
        strand: Strand,
    ) -> Self {
        let rsp = stack_top - 0x40;
        Self {
            origin,
            registers: None,
            pc: 0,
            last_pc: 0,
            then: Then::Resume(0),
            frames: vec![FrameRecord {
                frame,
                what: "",
                target: 0,
                rsp,
                irql: None,
                left_at: 0,
                call: None,
            }],
            call: None,
            stack_top,
            interrupted_irql,
            interrupted_for: 0,
            strand,
        }
    }
}

/// What a kernel routine or a frame wants to happen next.
#[derive(Debug)]
pub(crate) enum Flow<A> {
    /// The export returns a value to the driver.
    Return(u64),
    /// The kernel calls the driver and goes on with `frame` when it returns.
    Call {
        what: &'static str,
        target: u64,
        arguments: Vec<u64>,
        frame: Frame<A>,
    },
    /// The processor spins on a lock; then `frame` goes on.
    Spin { lock: u64, frame: Frame<A> },
    /// Interrupts may arrive here; then `frame` goes on.
    Pause { frame: Frame<A> },
    /// The thread waits, then its export returns the wait's status.
    Wait(Wait),
    /// The thread waits, then `frame` goes on with the wait's status.
    WaitThen { wait: Wait, frame: Frame<A> },
    /// The thread gives its processor away, then `frame` goes on.
    Yield { frame: Frame<A> },
    /// The activation has come to its end.
    Finish,
    /// Guest code goes on where the registers say.
    Continue,
}

impl<A> Flow<A> {
    /// The export returns an NTSTATUS.
    pub(crate) fn status(status: Status) -> Self {
        Self::Return(status.into())
    }
}
