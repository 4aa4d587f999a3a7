//! What a queue does next, and what comes after a callback of it.

use crate::wdf::state::{pnp::PnpStep, queue::StateCallback};

/// What a queue calls the driver for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueueEvent {
    /// A request, which is the driver's now.
    Request(u64),
    /// A request that the driver owns was cancelled: `EvtRequestCancel`.
    Cancel(u64),
    /// A request that the driver knows was cancelled while it waited: `EvtIoCanceledOnQueue`.
    CanceledOnQueue(u64),
    /// The power changes while the driver owns a request: `EvtIoStop`, with these flags.
    Stop(u64, u64),
    /// The device is back in D0 and the driver has kept a request: `EvtIoResume`.
    Resume(u64),
    /// Requests wait in a manual queue that was empty: what `WdfIoQueueReadyNotify` was given.
    Ready(StateCallback),
    /// A stopped or purged queue has come to its state: what `WdfIoQueueStop` or `WdfIoQueuePurge` was given.
    Reached(StateCallback),
}

/// What follows when a strand leaves the loop.
#[derive(Clone, Debug)]
pub(crate) enum After {
    /// The call of the driver's that entered it returns a value.
    Return(u64),
    /// The thread that was made for it ends.
    End,
    /// The work item of the queue ends, or runs once more.
    WorkItem(u64),
    /// The DPC of the queue ends, or is queued once more.
    Dpc(u64),
    /// A request that is complete is destroyed, and then the call returns.
    Destroy(u64),
    /// The call waits until the queue has come to its state.
    AwaitState(u64),
    /// The transition goes on.
    Pnp(PnpStep),
    /// A request has left the queue for another one, which has been presented with it; then the call returns.
    Forwarded { from: u64 },
    /// The purge of the queue goes on.
    Purge { queue: u64, then: Box<After> },
    /// The requests of a file that wait in these queues are cancelled, and its cleanup goes on.
    Flush { file: u32, queues: Vec<u64> },
}
