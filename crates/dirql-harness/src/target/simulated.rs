//! What can be done to a simulated system and a simulated device, and to no real one.
//!
//! A real machine changes power and resources, loses devices and reports errors when it likes; only a simulated one does so
//! when a test asks.

use std::time::Duration;

use dirql_ioctl::ControlCode;
use nt_model::{
    DeviceState, ErrorSourceReport, Failure, InjectedFailure, Order, OrderOutcome, Severity,
    Transition,
};

use super::{Handle, Ticket};

/// A session whose system and device are simulated.
pub trait Simulated {
    /// Begins a transition of the device; it goes on beside the requests.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the machine cannot begin it.
    fn begin_transition(&mut self, transition: Transition) -> Result<(), Failure>;

    /// Waits until the transition has ended.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where it does not end, or the driver breaks a rule meanwhile.
    fn end_transition(&mut self) -> Result<DeviceState, Failure>;

    /// Closes a handle, and then submits by it, as a thread does that has looked the handle up before.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the handle is not open, or the driver breaks a rule meanwhile.
    fn submit_after_close(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Failure>;

    /// Takes the device away, now, without a word to the driver.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the machine's own.
    fn unplug(&mut self) -> Result<(), Failure>;

    /// Whether the system would remove the device in good order now.
    fn may_be_removed(&self) -> bool;

    /// The failure with the driver's line that completed a request, where one did.
    fn completed_at(&self, ticket: Ticket, failure: Failure) -> Failure;

    /// How many DPCs of the driver's are queued or running.
    fn dpcs(&self) -> usize;

    /// How many threads of the driver's making have not ended.
    fn threads(&self) -> usize;

    /// How the device was not silent when the driver last left D0; none where it was.
    fn loud_behind_d0_exit(&self) -> Option<String>;

    /// The device computes something for so long, and raises a cause when it is done: firmware has left it so.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn compute(&mut self, nanoseconds: u32) -> Result<(), Failure>;

    /// Where in the driver's memory a number of eight bytes stands.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn words_holding(&mut self, number: u64) -> Result<Vec<u64>, Failure>;

    /// Puts a number into such places.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn put_into_words(&mut self, words: &[u64], number: u64) -> Result<(), Failure>;

    /// The machine's time.
    fn now(&self) -> Duration;

    /// Makes `times` calls meet a failure, after `after` more calls of the same routine that do not.
    fn inject(&mut self, failure: InjectedFailure, after: u32, times: u32);

    /// Makes another device on the line interrupt; of no effect on messages.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the machine's own.
    fn neighbour_interrupts(&mut self) -> Result<(), Failure>;

    /// Makes the device raise causes by itself, now, wherever the driver is in its work and wherever the device stands.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn raise_causes(&mut self, causes: u32) -> Result<(), Failure>;

    /// Makes the device raise causes by itself, each right after one of the next `reads` reads of its status
    /// that find a cause pending: `first`, then the next bit, and so on. No message is sent for them, for they
    /// join what is pending.
    fn join_causes(&mut self, first: u32, reads: u32);

    /// Has the hardware report errors. They arrive while the driver runs.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where there is no such source.
    fn raise_errors(&mut self, source: u32, count: u32, severity: Severity) -> Result<(), Failure>;

    /// Lets everything happen that can happen by itself: every error has been handled then.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver breaks a rule meanwhile.
    fn settle(&mut self) -> Result<(), Failure>;

    /// What became of a source's errors.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where there is no such source.
    fn error_source(&mut self, source: u32) -> Result<ErrorSourceReport, Failure>;

    /// Tells PSHED to do something, and waits for it.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the driver breaks a rule meanwhile.
    fn order(&mut self, order: Order) -> Result<OrderOutcome, Failure>;

    /// Registers another plug-in for these functional areas, or unregisters it with 0.
    fn other_plugin(&mut self, areas: u32);
}
