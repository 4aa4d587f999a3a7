//! An activation: one strand of execution with a stack of its own.
//!
//! A thread is one, and so is every ISR chain or DPC that a processor runs on top of its thread.
//! The kernel's part of an activation is not host code in the middle of a call but a list of
//! [`FrameRecord`]s, plain values: no host stack is ever suspended, so a switch is possible at any
//! instruction and the kernel's state can be copied.

use unicorn_engine::Context;

use crate::{
    Status,
    etw::EtwFrame,
    kernel::{
        dpc::DpcFrame, io_connect::ConnectFrame, isr::IsrFrame, synchronize::SynchronizeFrame,
        wait::DispatcherObject,
    },
    race::Strand,
    video_port::VideoFrame,
    wdf::WdfFrame,
    whea::WheaFrame,
};

/// What the kernel was doing when it called the driver or paused.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// Running a thread's start routine.
    ThreadStart,
    /// Running the ISRs of a vector.
    Isr(IsrFrame),
    /// Running queued DPCs.
    Dpc(DpcFrame),
    /// In `KeSynchronizeExecution`.
    Synchronize(SynchronizeFrame),
    /// In `IoConnectInterruptEx`, connected but not returned.
    Connect(ConnectFrame),
    /// In an export that gives the processor away and then returns a value.
    ReturnAfter(u64),
    /// In the framework or the `PnP` manager.
    Wdf(WdfFrame),
    /// In event tracing.
    Etw(EtwFrame),
    /// In WHEA.
    Whea(WheaFrame),
    /// In the video port driver.
    VideoPort(VideoFrame),
}

/// A frame with what has to hold again when it goes on.
#[derive(Clone, Debug)]
pub(crate) struct FrameRecord {
    pub(crate) frame: Frame,
    /// The stack pointer to go back to.
    pub(crate) rsp: u64,
    /// The IRQL at which the driver was called and must return; none where the frame only pauses.
    pub(crate) irql: Option<u8>,
    /// Where the driver last left that IRQL: the call.
    pub(crate) left_at: u64,
}

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

/// One strand of execution.
pub(crate) struct Activation {
    pub(crate) origin: Origin,
    /// Registers while it is not live; none until it has run.
    pub(crate) registers: Option<Context>,
    /// The instruction to go on at.
    pub(crate) pc: u64,
    pub(crate) then: Then,
    pub(crate) frames: Vec<FrameRecord>,
    /// The first address above the stack.
    pub(crate) stack_top: u64,
    /// The IRQL that comes back when it ends.
    pub(crate) interrupted_irql: u8,
    /// For how many cycles what it interrupted had been above DISPATCH.
    pub(crate) interrupted_for: u64,
    /// What the race detector knows it as.
    pub(crate) strand: Strand,
}

impl Activation {
    /// An activation that begins with `frame`.
    pub(crate) fn new(
        origin: Origin,
        frame: Frame,
        stack_top: u64,
        interrupted_irql: u8,
        strand: Strand,
    ) -> Self {
        let rsp = stack_top - 0x40;
        Self {
            origin,
            registers: None,
            pc: 0,
            then: Then::Resume(0),
            frames: vec![FrameRecord {
                frame,
                rsp,
                irql: None,
                left_at: 0,
            }],
            stack_top,
            interrupted_irql,
            interrupted_for: 0,
            strand,
        }
    }
}

/// What a kernel routine or a frame wants to happen next.
#[derive(Debug)]
pub(crate) enum Flow {
    /// The export returns a value to the driver.
    Return(u64),
    /// The kernel calls the driver and goes on with `frame` when it returns.
    Call {
        what: &'static str,
        target: u64,
        arguments: Vec<u64>,
        frame: Frame,
    },
    /// The processor spins on a lock; then `frame` goes on.
    Spin { lock: u64, frame: Frame },
    /// Interrupts may arrive here; then `frame` goes on.
    Pause { frame: Frame },
    /// The thread waits, then its export returns the wait's status.
    Wait(Wait),
    /// The thread waits, then `frame` goes on with the wait's status.
    WaitThen { wait: Wait, frame: Frame },
    /// The thread gives its processor away, then `frame` goes on.
    Yield { frame: Frame },
    /// The activation has come to its end.
    Finish,
    /// Guest code goes on where the registers say.
    Continue,
}

impl Flow {
    /// The export returns an NTSTATUS.
    pub(crate) fn status(status: Status) -> Self {
        Self::Return(status.into())
    }
}

/// What a thread waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// The object; none for a delay.
    pub(crate) object: Option<DispatcherObject>,
}
