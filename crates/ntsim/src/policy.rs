//! What NT's documentation leaves open, one named choice each.
//!
//! Every suite holds under every value. The defaults are the harsher side: what a driver survives
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

impl Default for Policy {
    fn default() -> Self {
        Self {
            disconnect_waits: false,
            inactive_messages_kept: false,
            interrupt_in_connect: true,
        }
    }
}
