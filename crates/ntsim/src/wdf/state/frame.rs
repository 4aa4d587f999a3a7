//! Frames of the framework: what was going on when the driver was called.

use crate::wdf::state::queue_event::{After, QueueEvent};

use super::{interrupt::InterruptFrame, pnp::PnpStep};

/// What was going on when the driver was called, by the framework or by the `PnP` manager.
#[derive(Clone, Debug)]
pub(crate) enum WdfFrame {
    /// Carrying the device through a transition.
    Pnp(PnpStep),
    /// A thread of a sender's begins, to call the driver for a queue.
    QueueEvent { queue: u64, event: QueueEvent },
    /// The work item of a queue begins.
    QueueWorkItem { queue: u64 },
    /// A callback of a queue has returned; its event loop goes on.
    QueueCalled {
        queue: u64,
        event: QueueEvent,
        after: After,
    },
    /// A thread begins to clean up a file.
    FileCleanup { file: u32 },
    /// `EvtFileCleanup` has returned.
    FileFlush { file: u32 },
    /// A thread begins to close a file.
    FileClose { file: u32 },
    /// `EvtFileClose` has returned.
    FileClosed { file: u32 },
    /// Something of an interrupt's.
    Interrupt(InterruptFrame),
    /// A framework routine called the driver and returns what that returns.
    ReturnWhatItReturns,
    /// A framework routine called the driver and then returns a value to it.
    ReturnAfterCall(u64),
}
