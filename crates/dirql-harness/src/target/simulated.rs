//! What can be done to a simulated system and a simulated device, and to no real one.

use super::Fault;

/// A call of the system that fails, by the name of what fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Non-paged pool is exhausted: `ExAllocatePool2` returns NULL.
    Pool,
    /// `MmMapIoSpaceEx` returns NULL.
    Mapping,
    /// `IoConnectInterruptEx` returns `STATUS_INSUFFICIENT_RESOURCES`.
    Connect,
    /// `PsCreateSystemThread` returns `STATUS_INSUFFICIENT_RESOURCES`.
    Thread,
    /// The thread that `PsCreateSystemThread` makes gets no processor for a minute.
    Processor,
    /// `KeSynchronizeExecution` returns FALSE without having called the routine. No system is known to do so;
    /// the driver promises to notice.
    Synchronize,
    /// The processor on which a DPC begins is taken away for a millisecond.
    DpcBegins,
    /// The processor on which a DPC looks for waiting requests is.
    DpcLooks,
    /// The processor on which a service routine has read a register is.
    ServiceReads,
}

/// A session whose system and device are simulated.
pub trait Simulated {
    /// Makes `times` calls fail, after `after` more calls of the same routine that do not.
    fn refuse(&mut self, refusal: Refusal, after: u32, times: u32);

    /// Makes the device raise causes by itself, now, wherever the driver is in its work and the device in its life.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn raise_causes(&mut self, causes: u32) -> Result<(), Fault>;

    /// Makes the device raise causes by itself, each right after one of the next `reads` reads of its status
    /// that find a cause pending: `first`, then the next bit, and so on. No message is sent for them, for they
    /// join what is pending.
    fn join_causes(&mut self, first: u32, reads: u32);
}
