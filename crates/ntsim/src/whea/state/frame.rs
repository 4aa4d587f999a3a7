//! Frames of WHEA: what it was doing when it called the driver or paused.

use std::collections::VecDeque;

use nt_model::{Order, Severity};

use super::device_driver;

/// What WHEA was doing when it called the driver or paused.
#[derive(Clone, Debug)]
pub(crate) enum WheaFrame {
    /// Handling an error.
    Handler(HandlerFrame),
    /// Carrying out an order on a thread of the system.
    Service(ServiceFrame),
    /// Adding or removing a driver's own error source.
    DeviceDriver(device_driver::Step),
}

/// What the handler has just done, or is about to do where it waits for its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::whea) enum Step {
    Retrieve,
    Finalize,
    Recover,
    Write,
    Clear,
    End,
    /// The machine stops.
    Stop,
}

impl Step {
    /// What follows.
    pub(in crate::whea) const fn after(self, severity: Severity) -> Self {
        match (self, severity) {
            (Self::Retrieve, _) => Self::Finalize,
            (Self::Finalize, Severity::Recoverable) => Self::Recover,
            (Self::Recover, _) | (Self::Finalize, Severity::Fatal) => Self::Write,
            (Self::Write | Self::Stop, Severity::Fatal) => Self::Stop,
            (Self::Finalize | Self::Write, _) => Self::Clear,
            (Self::Clear | Self::End | Self::Stop, _) => Self::End,
        }
    }
}

/// The handling of one error between two of its steps.
#[derive(Clone, Debug)]
pub(crate) struct HandlerFrame {
    pub(in crate::whea) source: usize,
    pub(in crate::whea) next: Step,
    /// The plug-in was called, and its answer is the value.
    pub(in crate::whea) called: bool,
    pub(in crate::whea) locked: bool,
    pub(in crate::whea) severity: Severity,
    /// What the plug-in answered when it was asked to keep the record.
    pub(in crate::whea) written: Option<u32>,
}

impl HandlerFrame {
    pub(crate) fn new(source: usize, severity: Severity) -> Self {
        Self {
            source,
            next: Step::Retrieve,
            called: false,
            locked: false,
            severity,
            written: None,
        }
    }
}

/// An order between two of its steps.
#[derive(Clone, Debug)]
pub(crate) struct ServiceFrame {
    pub(in crate::whea) number: u64,
    /// Those that are still to be carried out, the next one first.
    pub(in crate::whea) orders: VecDeque<Order>,
    pub(in crate::whea) called: bool,
    pub(in crate::whea) scratch: u64,
}
