//! What happens to a device besides requests: power, resources, removal.
//!
//! A real machine does these things when it likes; only a simulated one does them when a test asks.

use std::time::Duration;

use super::{Fault, Resource};

/// A change in the life of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// From D0 to D3.
    PowerDown,
    /// From D3 to D0.
    PowerUp,
    /// Stopped, for a rebalance.
    Stop,
    /// Started again with this interrupt.
    Restart(Resource),
    /// Found to be gone.
    SurpriseRemoval,
}

/// Where a device stands after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// In D0.
    Started,
    /// In D3.
    Asleep,
    /// Stopped.
    Stopped,
    /// Given up after a failure; the removal is awaited.
    Failed,
    /// Gone, and the driver knows.
    Gone,
}

/// The changes that a session can ask for.
pub trait Life {
    /// Begins a change; it goes on beside the requests.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where the machine cannot begin it.
    fn begin_change(&mut self, change: Change) -> Result<(), Fault>;

    /// Waits until the change has ended.
    ///
    /// # Errors
    ///
    /// A [`Fault`] where it does not end, or the driver breaks a rule meanwhile.
    fn end_change(&mut self) -> Result<Stand, Fault>;

    /// Takes the device away, now, without a word to the driver.
    ///
    /// # Errors
    ///
    /// A [`Fault`] of the machine's own.
    fn unplug(&mut self) -> Result<(), Fault>;

    /// Makes another device on the line interrupt; of no effect on messages.
    ///
    /// # Errors
    ///
    /// A [`Fault`] of the machine's own.
    fn neighbour_interrupts(&mut self) -> Result<(), Fault>;

    /// Whether the system would remove the device in good order now.
    fn may_be_removed(&self) -> bool;

    /// How many DPCs of the driver's are queued or running.
    fn dpcs(&self) -> usize;

    /// The machine's time.
    fn now(&self) -> Duration;
}
