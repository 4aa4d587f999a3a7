//! `PnP` and power: the changes that a system makes to a device, and where they leave it.

use crate::config::InterruptResource;

/// Where a device stands, between two transitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceState {
    /// No driver was loaded for it, or none that started.
    #[default]
    NotAdded,
    /// Started, and in D0.
    Started,
    /// Started, and in D3.
    LowPower,
    /// Stopped, so that its resources can be assigned anew.
    Stopped,
    /// A start or a change of power failed: the hardware is released, and the removal is awaited.
    Failed,
    /// It is gone, the driver knows, and handles may still be open.
    SurpriseRemoved,
    /// Removed, and the driver unloaded.
    Removed,
}

/// A change of power or resources, or the end of a device, that a host can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// From D0 to D3.
    PowerDown,
    /// From D3 to D0.
    PowerUp,
    /// `IRP_MN_STOP_DEVICE`, for a rebalance.
    Stop,
    /// `IRP_MN_START_DEVICE` after a stop, with this interrupt.
    Restart(InterruptResource),
    /// `IRP_MN_SURPRISE_REMOVAL`: the bus has found the device gone.
    SurpriseRemoval,
}
