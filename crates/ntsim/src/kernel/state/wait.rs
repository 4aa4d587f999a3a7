//! What a thread waits for.

/// Something a thread can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DispatcherObject {
    /// A `KEVENT` in the driver's memory, by its address.
    Event(u64),
    /// A thread, by the address of its object.
    Thread(u64),
    /// A rundown reference in the driver's memory, by its address.
    Rundown(u64),
    /// The end of the ISR of an interrupt object on every processor.
    Isr(u64),
    /// The end of a run of a DPC, by its handle or its address.
    Dpc(u64),
    /// The end of the first so many DPCs that were ever queued.
    DpcsQueuedBefore(u64),
    /// The event of a passive-level interrupt, by what names its lock.
    InterruptEvent(u64),
    /// What a transition waits for of a queue: that no callback of it is running, or that the driver has given back
    /// or acknowledged every request.
    QueueIdle(u64),
    /// A lock that only threads wait for, by what names it.
    Lock(u64),
    /// The end of a work item of the framework's, by the handle of what it belongs to.
    WorkItem(u64),
    /// What a surprise removal waits for: the end of a change of power.
    PowerChange,
}

/// What a thread waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// The object; none for a delay.
    pub(crate) object: Option<DispatcherObject>,
}
