//! Where a queue stands between D0 and a lower state.

use crate::wdf::state::queue_event::QueueEvent;

/// `FxIoQueuePowerState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueuePower {
    /// It gives requests out.
    On,
    /// It gives none out.
    Off,
    /// It gives none out any more, and callbacks may still be running.
    Closing,
    /// What the driver owns is about to be told of.
    Stopping(Stop),
    /// It is being told of.
    Notifying(Stop),
    /// All has been told of.
    Notified(Stop),
    /// The device is back in D0: what the driver has kept is about to be told of.
    Restarting,
    /// It is being told of.
    RestartingNotifying,
}

/// Why a queue stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It goes on when the device is back in D0.
    Hold,
    /// It does not go on.
    Purge,
}

impl QueuePower {
    /// `IsPowerStateNotifyingDriver`.
    pub(in crate::wdf) const fn is_notifying(self) -> bool {
        matches!(self, Self::Notifying(_) | Self::RestartingNotifying)
    }
}

/// How the event loop goes on.
pub(in crate::wdf) enum PowerEvent {
    /// It calls the driver.
    Call(QueueEvent),
    /// It looks again.
    Again,
    /// It has nothing to do.
    Leave,
}
