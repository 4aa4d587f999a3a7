//! What NT's documentation leaves open, one named choice each.
//!
//! The token of a run names them. The defaults are the harsher side: what a driver survives
//! there it survives on the milder one.

/// The choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether `IoDisconnectInterruptEx` waits for an ISR that runs on another processor. The
    /// pages imply it and do not say it.
    pub disconnect_waits: bool,
    /// Whether a message that arrives while the interrupt is soft-inactive is delivered when it is
    /// active again. No page says so.
    pub inactive_messages_kept: bool,
    /// Whether a spurious interrupt arrives while `IoConnectInterruptEx` has connected and not
    /// returned. "The ISR may be invoked before `IoConnectInterruptEx` returns."
    pub interrupt_in_connect: bool,
}

impl Policy {
    /// Every combination of the choices.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..8).filter_map(Self::from_bits)
    }

    /// The choices as a number, a bit each in the order of the fields.
    pub(crate) fn bits(self) -> u8 {
        u8::from(self.disconnect_waits)
            | u8::from(self.inactive_messages_kept) << 1
            | u8::from(self.interrupt_in_connect) << 2
    }

    /// The choices that a number stands for.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        (bits < 8).then_some(Self {
            disconnect_waits: bits & 1 != 0,
            inactive_messages_kept: bits & 2 != 0,
            interrupt_in_connect: bits & 4 != 0,
        })
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            disconnect_waits: false,
            inactive_messages_kept: false,
            interrupt_in_connect: true,
        }
    }
}
