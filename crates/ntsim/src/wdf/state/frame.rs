//! Frames of the framework: what was going on when the driver was called.

use nt_model::Status;

use crate::wdf::state::{
    callback_lock::LockedCall,
    ending::Ending,
    queue_event::{After, QueueEvent},
};

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
    /// A sender's thread begins, to show a request to the driver.
    InCallerContext { request: u64 },
    /// A thread begins to open a file.
    FileCreate { file: u32, request: u64 },
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
    /// The driver is to be called under a callback lock that is not had yet.
    Lock(Box<LockedCall<WdfFrame>>),
    /// A callback under a callback lock has returned.
    Unlock {
        lock: u64,
        /// The IRQL to go back to.
        old: u8,
        then: Box<WdfFrame>,
    },
    /// The callback lock is released, and the IRQL is low enough for what had to wait; the callback returned this value.
    Unlocked { then: Box<WdfFrame>, value: u64 },
    /// `WdfObjectAcquireLock` waits for the callback lock of this object.
    AcquireLock { lock: u64, old: u8 },
    /// `WdfWaitLockAcquire` waits for the lock.
    WaitLock { lock: u64 },
    /// A call waits until a queue has come to its state.
    AwaitState { queue: u64 },
    /// The work item of a timer begins.
    TimerWorkItem { timer: u64 },
    /// The callback of a timer at PASSIVE has returned.
    TimerRan { timer: u64 },
    /// `WdfTimerStop` waits, and then returns this.
    TimerStop { timer: u64, result: u64 },
    /// A work item of the driver's begins.
    WorkItem { item: u64 },
    /// `EvtWorkItem` has returned.
    WorkItemRan { item: u64 },
    /// `WdfWorkItemFlush` waits.
    WorkItemFlush { item: u64 },
    /// Objects are ended.
    End(Box<Ending<WdfFrame>>),
    /// A request of the driver's is disposed of, and is now completed.
    Complete {
        request: u64,
        status: Status,
        information: u64,
    },
    /// `EvtDriverUnload` has returned.
    DriverUnloaded,
    /// The driver object is gone, and a framework routine returns a value.
    DriverEnded(u64),
    /// The thread ends.
    Finish,
    /// A framework routine called the driver and then returns a value to it.
    ReturnAfterCall(u64),
}
