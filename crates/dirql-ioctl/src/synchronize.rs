//! One closure under the interrupt lock: [`crate::code::SYNCHRONIZE`].

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What the closure does with the state that it shares with the ISR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Adds `argument` to the counter, wrapping; `value` is the new counter.
    Add = 1,
    /// Reads counter, sequence and accounts at one moment; `value` is the counter.
    Snapshot = 2,
    /// Moves `argument` from the left account to the right, wrapping; `value` is the sum of both
    /// inside the closure, which is always [`ACCOUNTS_TOTAL`].
    Transfer = 3,
    /// Returns 256 bytes by value: byte `i` is the low byte of `argument + i`.
    Fill = 4,
    /// Returns the Rust value `false`; `value` is 0.
    ReturnFalse = 5,
    /// Does nothing and returns unit; `value` is 0.
    Nothing = 6,
}

impl Operation {
    /// Every operation, in the order of the numbers.
    pub const ALL: [Self; 6] = [
        Self::Add,
        Self::Snapshot,
        Self::Transfer,
        Self::Fill,
        Self::ReturnFalse,
        Self::Nothing,
    ];

    /// The operation that `value` numbers.
    #[must_use]
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::Add),
            2 => Some(Self::Snapshot),
            3 => Some(Self::Transfer),
            4 => Some(Self::Fill),
            5 => Some(Self::ReturnFalse),
            6 => Some(Self::Nothing),
            _ => None,
        }
    }
}

/// The sum of the two accounts, which every transfer keeps.
pub const ACCOUNTS_TOTAL: u64 = 1_000_000;
/// The largest number of repetitions of one request.
pub const REPEAT_MAX: u32 = 4096;
/// The caller's IRQL may be PASSIVE (0), APC (1) or DISPATCH (2).
pub const CALLER_IRQL_MAX: u32 = 2;

/// The request of [`crate::code::SYNCHRONIZE`]. 24 bytes.
///
/// # Errors
///
/// `INVALID_PARAMETER` for an unknown operation, a caller IRQL above [`CALLER_IRQL_MAX`], a
/// repetition outside `1..=REPEAT_MAX`, or a reserved field that is not 0. The same for an
/// argument that the operation does not take: not 0 for snapshot, return-false and nothing.
/// `INVALID_DEVICE_STATE` while the interrupt is soft-inactive or being reconnected: nothing
/// documented says what `KeSynchronizeExecution` does with an inactive interrupt.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SynchronizeRequest {
    /// An [`Operation`].
    pub operation: u32,
    /// The IRQL at which the driver calls the adapter.
    pub caller_irql: u32,
    /// How many times the closure runs, each in a call of its own.
    pub repeat: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The operation's argument.
    pub argument: u64,
}

/// The reply of [`crate::code::SYNCHRONIZE`]: what the last repetition saw, and sums. 352 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct SynchronizeReply {
    /// How many repetitions ran; the others came back as `NotRun`.
    pub ran: u32,
    /// How many repetitions came back as `NotRun`.
    pub not_run: u32,
    /// The BOOLEAN that `KeSynchronizeExecution` returned.
    pub raw_boolean: u32,
    /// The operation's own Rust boolean: 1 for true, 0 for false; 1 for operations without one.
    pub said: u32,
    /// The IRQL at the call.
    pub irql_before: u32,
    /// The IRQL inside the closure.
    pub irql_inside: u32,
    /// The IRQL after the call.
    pub irql_after: u32,
    /// The number of the processor that ran the closure.
    pub processor: u32,
    /// The operation's value.
    pub value: u64,
    /// The counter inside the closure.
    pub counter: u64,
    /// The interrupt sequence inside the closure.
    pub sequence: u64,
    /// The left account inside the closure.
    pub left: u64,
    /// The right account inside the closure.
    pub right: u64,
    /// Time stamp cycles from the call to the closure's first instruction, over all repetitions.
    pub cycles_waited: u64,
    /// Time stamp cycles inside the closure, over all repetitions.
    pub cycles_inside: u64,
    /// Always 0.
    pub reserved: u64,
    /// The bytes of [`Operation::Fill`]; 0 for the others.
    pub bytes: [u8; 256],
}

const _: () = assert!(size_of::<SynchronizeRequest>() == 24);
const _: () = assert!(size_of::<SynchronizeReply>() == 352);
