//! `HwVidGetPowerState` and `HwVidSetPowerState`: whose power, and which state.

/// Whose power is spoken of: a child's number, or [`DISPLAY_ADAPTER_HW_ID`](crate::DISPLAY_ADAPTER_HW_ID).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceId(pub u32);

/// `VIDEO_POWER_STATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerState {
    /// `VideoPowerOn`.
    On,
    /// `VideoPowerStandBy`.
    StandBy,
    /// `VideoPowerSuspend`.
    Suspend,
    /// `VideoPowerOff`.
    Off,
    /// `VideoPowerHibernate`.
    Hibernate,
    /// `VideoPowerShutdown`.
    Shutdown,
    /// Another value of the enumeration.
    Other(u32),
}

impl PowerState {
    /// The state that `value` numbers in ntddvdeo.h.
    #[must_use]
    pub const fn from_u32(value: u32) -> Self {
        match value {
            1 => Self::On,
            2 => Self::StandBy,
            3 => Self::Suspend,
            4 => Self::Off,
            5 => Self::Hibernate,
            6 => Self::Shutdown,
            other => Self::Other(other),
        }
    }
}
