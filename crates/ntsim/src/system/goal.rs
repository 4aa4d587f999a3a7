//! What the host waits for, and why a run ends.

use nt_model::Failure;

/// Why the emulator was stopped.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    /// Nothing can go on until the host does something.
    Quiescent,
    /// What the host waited for has happened.
    Reached,
    /// An actor of the host's is to do something, says the plan.
    Host(usize),
    /// A rule was broken.
    Failed(Box<Failure>),
}

/// What the host waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Until nothing can go on.
    Quiescence,
    /// Until this request is complete.
    Request(u32),
    /// Until PSHED has carried out this order.
    Order(u64),
    /// Until this `PnP` transition has ended.
    Transition,
    /// Until the driver has executed so many instructions.
    Instructions(u64),
}
