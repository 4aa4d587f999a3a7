//! Calls that are made to fail, as their pages say that they may.
//!
//! A simulated system has all the memory and all the time it wants, and what a driver does when a call fails would never
//! run. So a host names the failure, and the calls that meet it.

/// What fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFailure {
    /// `ExAllocatePool2` has no memory and returns NULL (nf-wdm-exallocatepool2).
    PoolExhausted,
    /// `MmMapIoSpaceEx` has no addresses left and returns NULL (nf-wdm-mmmapiospaceex).
    MappingRefused,
    /// `IoConnectInterruptEx` returns `STATUS_INSUFFICIENT_RESOURCES`; nothing is connected
    /// (nf-wdm-ioconnectinterruptex).
    ConnectRefused,
    /// `IoConnectInterruptEx` returns `STATUS_SUCCESS`, and nothing is connected: no object comes back.
    ///
    /// A system does so that has not implemented a kind of connection and says success to it, as present `ReactOS` has
    /// it for the line- and the message-based kinds.
    ConnectedNothing,
    /// `PsCreateSystemThread` returns `STATUS_INSUFFICIENT_RESOURCES`; there is no thread
    /// (nf-wdm-pscreatesystemthread).
    ThreadRefused,
    /// The thread that `PsCreateSystemThread` makes gets no processor for a minute: no page says when a
    /// thread runs. A wait for it times out.
    ThreadStarved,
    /// `KeSynchronizeExecution` returns FALSE without having called the routine.
    ///
    /// No page says that NT does so; the pages leave open what else than the routine's own answer the BOOLEAN
    /// could be. It is injected for drivers that promise to notice.
    NotSynchronized,
    /// The processor on which a DPC calls `WdfDpcGetParentObject` executes nothing for a millisecond from there on, as
    /// firmware and hypervisors have it. The call itself does what it does.
    DpcLate,
    /// The same, where a DPC calls `WdfIoQueueFindRequest`.
    DpcStalled,
    /// The same, where NT has taken a DPC out of its queue: the routine begins a millisecond later.
    DpcHeldUp,
    /// The same, where a service routine reads a register: its processor has the value, and goes on a millisecond later.
    ReadStalled,
    /// The same, where NT has read the interrupt object and is about to take its lock and to call the service routine: that
    /// begins a millisecond later.
    IsrHeldUp,
    /// `KeSynchronizeExecution` calls the routine twice, one call after the other.
    ///
    /// No page says that NT does so. It is for the tests of adapters, which promise that a closure runs once.
    SynchronizedTwice,
    /// A write to a register of the device is on its way for a millisecond, unless the driver reads one of the device's
    /// registers before: writes to memory are posted.
    WriteHeldUp,
}
