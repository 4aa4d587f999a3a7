//! What an interrupt service routine answers.

/// What a service routine answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serviced {
    /// The device had interrupted, and no longer does.
    Claimed,
    /// The interrupt came from another device.
    NotMine,
}

impl Serviced {
    /// The BOOLEAN that NT expects (nc-wdm-kservice_routine).
    #[must_use]
    pub const fn to_boolean(self) -> u8 {
        match self {
            Self::Claimed => 1,
            Self::NotMine => 0,
        }
    }
}
