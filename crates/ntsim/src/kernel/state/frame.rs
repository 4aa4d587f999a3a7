//! Frames: what the kernel was doing when it called the driver or paused, as plain values.
//!
//! The kernel keeps the frames of the floors above it among its own, in the order in which calls nest. It looks into none
//! of them: their type is a parameter, `A`, and the floor that makes one puts it in by [`Frame::above`].

use super::{activation::Call, dpc::DpcId, interrupt::Interrupt};

/// What the kernel was doing when it called the driver or paused.
#[derive(Clone, Debug)]
pub(crate) enum Frame<A> {
    /// Running a thread's start routine.
    ThreadStart,
    /// Beginning a system thread of the driver's, whose start routine is to be called.
    CallThread {
        /// The routine.
        routine: u64,
        /// What it is called with.
        context: u64,
    },
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
    /// In a floor above the kernel.
    Above(A),
}

/// The frames of a machine as one floor sees them: its own go in, and are known again.
pub(crate) trait Holds<T>: From<T> {
    /// The frame, if it is that floor's.
    fn held(&self) -> Option<&T>;
}

impl<A> Frame<A> {
    /// A frame of a floor above the kernel.
    pub(crate) fn above(frame: impl Into<A>) -> Self {
        Self::Above(frame.into())
    }

    /// The frame, if it is of the floor whose frames are `T`.
    pub(crate) fn of<T>(&self) -> Option<&T>
    where
        A: Holds<T>,
    {
        match self {
            Self::Above(above) => above.held(),
            _ => None,
        }
    }
}

/// A frame with what has to hold again when it goes on.
#[derive(Clone, Debug)]
pub(crate) struct FrameRecord<A> {
    pub(crate) frame: Frame<A>,
    /// What the driver was called for; empty where the frame only pauses.
    pub(crate) what: &'static str,
    /// The address at which the driver was called; 0 where the frame only pauses.
    pub(crate) target: u64,
    /// The stack pointer to go back to.
    pub(crate) rsp: u64,
    /// The IRQL at which the driver was called and must return; none where the frame only pauses.
    pub(crate) irql: Option<u8>,
    /// Where the driver last left that IRQL: the call.
    pub(crate) left_at: u64,
    /// The driver's call that the kernel was at, if it was at one.
    pub(crate) call: Option<Call>,
}

/// The running of a vector's ISRs between two of its steps.
#[derive(Clone, Debug)]
pub(crate) struct IsrFrame {
    pub(in crate::kernel) vector: u32,
    /// The objects that were connected when the interrupt arrived.
    pub(in crate::kernel) chain: Option<Vec<u64>>,
    pub(in crate::kernel) position: usize,
    /// Whether any ISR of this pass claimed it.
    pub(in crate::kernel) claimed: bool,
    /// What the processor spins for: its dispatch has read the interrupt object already.
    pub(in crate::kernel) dispatched: Option<Interrupt>,
    /// The lock and the object whose ISR is running.
    pub(in crate::kernel) running: Option<(u64, u64)>,
}

impl IsrFrame {
    pub(crate) fn new(vector: u32) -> Self {
        Self {
            vector,
            chain: None,
            position: 0,
            claimed: false,
            dispatched: None,
            running: None,
        }
    }
}

/// A drain of a processor's DPC queue between two DPCs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DpcFrame {
    /// The one that runs, and its number.
    pub(in crate::kernel) running: Option<(DpcId, u64)>,
}

/// A synchronized call between two of its steps.
#[derive(Clone, Debug)]
pub(crate) enum SynchronizeFrame {
    /// Raised, the lock is not held yet.
    Acquire {
        object: u64,
        lock: u64,
        old: u8,
        routine: u64,
        arguments: Vec<u64>,
        /// The routine is called twice.
        twice: bool,
    },
    /// The routine runs.
    Running {
        object: u64,
        lock: u64,
        old: u8,
        /// What is called once more behind it, and with what.
        again: Option<(u64, Vec<u64>)>,
    },
    /// An acquire routine without a callback: the lock is not held yet.
    AcquireOnly { lock: u64, value: u64 },
}

/// A connect that is live and has not returned.
#[derive(Clone, Debug)]
pub(crate) struct ConnectFrame {
    pub(in crate::kernel) parameters: u64,
    pub(in crate::kernel) version: u32,
    /// What the caller's connection context becomes.
    pub(in crate::kernel) context: u64,
}
