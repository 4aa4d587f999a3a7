//! What NT's documentation leaves open, one named choice each.
//!
//! The token of a run names them. The defaults are the harsher side: what a driver survives
//! there it survives on the milder one.

/// The choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, and they combine"
)]
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
    /// Whether the handler of an error source holds its lock while it calls `RetrieveErrorInfo`. The
    /// page has the callback "synchronized" and names no lock.
    pub lock_held_in_retrieval: bool,
    /// Whether the lock is held while the record is finalized, kept and cleared. The page does not
    /// promise it.
    pub lock_held_in_record: bool,
    /// Whether `PshedSynchronizeExecution` finds a source by the number in the descriptor rather than
    /// by the descriptor's address. No page says.
    pub descriptor_matched_by_id: bool,
    /// Whether errors arrive on the first processor only. No page says.
    pub errors_on_one_processor: bool,
}

/// The choices that concern interrupts, as bits.
const OF_INTERRUPTS: u8 = 0b111;
/// The bits of the defaults.
const DEFAULT: u8 = 0b100;

impl Policy {
    /// Every combination of the choices of interrupts, and of those of error sources. The two do not
    /// meet: no interrupt depends on the choices of error sources.
    pub fn all() -> impl Iterator<Item = Self> {
        let interrupts = 0..=OF_INTERRUPTS;
        let errors = (1..1 << 4).map(|bits| DEFAULT | bits << 3);
        interrupts.chain(errors).filter_map(Self::from_bits)
    }

    /// The choices as a number, a bit each in the order of the fields.
    pub(crate) fn bits(self) -> u8 {
        u8::from(self.disconnect_waits)
            | u8::from(self.inactive_messages_kept) << 1
            | u8::from(self.interrupt_in_connect) << 2
            | u8::from(self.lock_held_in_retrieval) << 3
            | u8::from(self.lock_held_in_record) << 4
            | u8::from(self.descriptor_matched_by_id) << 5
            | u8::from(self.errors_on_one_processor) << 6
    }

    /// The choices that a number stands for.
    pub(crate) fn from_bits(bits: u8) -> Option<Self> {
        (bits < 1 << 7).then_some(Self {
            disconnect_waits: bits & 1 != 0,
            inactive_messages_kept: bits & 2 != 0,
            interrupt_in_connect: bits & 4 != 0,
            lock_held_in_retrieval: bits & 8 != 0,
            lock_held_in_record: bits & 16 != 0,
            descriptor_matched_by_id: bits & 32 != 0,
            errors_on_one_processor: bits & 64 != 0,
        })
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            disconnect_waits: false,
            inactive_messages_kept: false,
            interrupt_in_connect: true,
            lock_held_in_retrieval: false,
            lock_held_in_record: false,
            descriptor_matched_by_id: false,
            errors_on_one_processor: false,
        }
    }
}
