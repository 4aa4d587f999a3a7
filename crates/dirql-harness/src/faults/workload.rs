//! A workload: what is asked of the driver and done to its device, one step after the other.

use dirql_ioctl::video;
use nt_model::{Order, Severity, Transition};
use zerocopy::IntoBytes;

use crate::explore::scenarios::On;
use crate::explore::stage::Message;
use crate::message::Request;

/// How a request that waits for an interrupt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// The device interrupts.
    Interrupt,
    /// It is cancelled.
    Cancel,
    /// Its handle is closed.
    Close,
    /// The device does what comes next while it waits; its end is looked at last.
    Later,
}

/// A step.
#[derive(Clone, Debug)]
pub enum Step {
    /// A request, and its end.
    Ask(Message),
    /// A request that waits past the newest interrupt.
    Wait(WaitEnd),
    /// The device raises causes by itself.
    Raise(u32),
    /// A change of the device.
    Change(Transition),
    /// The device is started again, with the interrupt that it had.
    Restart,
    /// Another handle is opened and closed.
    Open,
    /// The hardware reports an error at the source.
    Error(Severity),
    /// PSHED is told to do something.
    Order(Order),
    /// A request of the display driver's: code, input and room for the reply.
    Video(u32, Vec<u8>, u32),
}

/// What is done to the driver, from its start to its end.
#[derive(Debug)]
pub struct Workload {
    /// Its name.
    pub name: &'static str,
    /// What its machine has, and which image runs there.
    pub on: On,
    /// Whether something listens to the driver's events.
    pub listens: bool,
    /// The steps, behind the start.
    pub steps: Vec<Step>,
    /// How often its refusals are repeated in one life of the driver, until what each may keep would be exhausted; 0 for those
    /// that end the device.
    pub repeats: u32,
}

impl Step {
    /// A request by its type.
    #[must_use]
    pub fn ask<R: Request>(request: &R) -> Self {
        Self::Ask(Message::of(request))
    }

    /// A closure that the display driver asks for.
    #[must_use]
    pub fn video_closure(request: &video::SynchronizeRequest) -> Self {
        Self::video::<video::SynchronizeReply>(video::SYNCHRONIZE, request.as_bytes())
    }

    /// A request of the display driver's, with room for a reply of this type.
    #[must_use]
    pub fn video<T>(code: u32, input: &[u8]) -> Self {
        let room = u32::try_from(size_of::<T>()).unwrap_or(u32::MAX);
        Self::Video(code, input.to_vec(), room)
    }
}
