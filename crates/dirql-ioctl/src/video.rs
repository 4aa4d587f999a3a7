//! The private requests of the video miniport, `dirql_video.sys`.
//!
//! They reach `HwVidStartIO` one at a time, from the display driver's `EngDeviceIoControl`, and are answered by
//! a `VP_STATUS`: a Win32 error, not an NTSTATUS. A request is checked in this order, and a refused one changes
//! nothing and has no output:
//!
//! 1. an unknown code, compared in all 32 bits: [`vp::INVALID_FUNCTION`];
//! 2. an input that is not exactly as long as the code's request: [`vp::INVALID_PARAMETER`];
//! 3. an output shorter than the code's reply: [`vp::INSUFFICIENT_BUFFER`];
//! 4. a value out of its range, a reserved field that is not 0: [`vp::INVALID_PARAMETER`];
//! 5. the shared state is asked for and no interrupt is connected: [`vp::DEV_NOT_EXIST`].

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `FILE_DEVICE_VIDEO`, the device type of every code.
pub const DEVICE_TYPE: u16 = 0x23;

/// A private control code of the miniport: `METHOD_BUFFERED`, `FILE_ANY_ACCESS`, function 0x800 and above.
const fn code(function: u16) -> u32 {
    (DEVICE_TYPE as u32) << 16 | (0x800 + function as u32) << 2
}

/// No input; replies [`QueryReply`].
pub const QUERY: u32 = code(0);
/// [`SynchronizeRequest`] to [`SynchronizeReply`].
pub const SYNCHRONIZE: u32 = code(1);
/// [`RaiseRequest`]; no output.
pub const RAISE: u32 = code(2);
/// No input; replies [`StatisticsReply`].
pub const STATISTICS: u32 = code(3);

/// Every code with its name and the lengths of its request and reply.
pub const ALL: [(&str, u32, usize, usize); 4] = [
    ("query", QUERY, 0, size_of::<QueryReply>()),
    (
        "synchronize",
        SYNCHRONIZE,
        size_of::<SynchronizeRequest>(),
        size_of::<SynchronizeReply>(),
    ),
    ("raise", RAISE, size_of::<RaiseRequest>(), 0),
    ("statistics", STATISTICS, 0, size_of::<StatisticsReply>()),
];

/// The `VP_STATUS` values with which the miniport answers.
pub mod vp {
    /// The request was served.
    pub const NO_ERROR: i32 = 0;
    /// The code is not one of the miniport's.
    pub const INVALID_FUNCTION: i32 = 1;
    /// There is no interrupt, so nothing excludes the service routine from the shared state.
    pub const DEV_NOT_EXIST: i32 = 55;
    /// A length or a value is wrong.
    pub const INVALID_PARAMETER: i32 = 87;
    /// The output has no room for the reply.
    pub const INSUFFICIENT_BUFFER: i32 = 122;
}

/// What a closure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Nothing besides raising causes: at every priority.
    Nothing = 1,
    /// Moves `argument` from the left account of the shared state to the right, wrapping: at medium priority
    /// only, where there is a state.
    Transfer = 2,
}

impl Operation {
    /// The operation that `value` numbers.
    #[must_use]
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::Nothing),
            2 => Some(Self::Transfer),
            _ => None,
        }
    }
}

/// `priority` of a closure that excludes nothing.
pub const PRIORITY_LOW: u32 = 0;
/// `priority` of a closure that excludes the service routine.
pub const PRIORITY_MEDIUM: u32 = 1;
/// `priority` of a closure of which it is open what it excludes.
pub const PRIORITY_HIGH: u32 = 2;

/// The sum of the two accounts, which every transfer keeps.
pub const ACCOUNTS_TOTAL: u64 = 1_000_000;
/// The largest number of repetitions of one request.
pub const REPEAT_MAX: u32 = 4096;

/// The request of [`SYNCHRONIZE`]. 32 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SynchronizeRequest {
    /// [`PRIORITY_LOW`], [`PRIORITY_MEDIUM`] or [`PRIORITY_HIGH`].
    pub priority: u32,
    /// An [`Operation`].
    pub operation: u32,
    /// How many times the closure runs, each in a call of its own: 1 to [`REPEAT_MAX`].
    pub repeat: u32,
    /// Causes of an interrupt that the closure raises before anything else; 0 for none.
    pub raise: u32,
    /// The operation's argument; 0 for nothing.
    pub argument: u64,
    /// Must be 0.
    pub reserved: u64,
}

/// The reply of [`SYNCHRONIZE`]: sums, and what the last repetition that ran saw. 64 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SynchronizeReply {
    /// How many repetitions ran.
    pub ran: u32,
    /// How many repetitions the port driver did not call.
    pub not_called: u32,
    /// How many repetitions found something else on the shared state.
    pub contended: u32,
    /// The BOOLEAN of the last call at medium priority; 0 otherwise.
    pub raw_boolean: u32,
    /// Interrupts that were served between the first and the last instruction of the closures, all together.
    pub interrupts_inside: u64,
    /// The left account, inside the closure of a transfer.
    pub left: u64,
    /// The right account, inside the closure of a transfer.
    pub right: u64,
    /// Interrupts that the service routine had served on the state, inside the closure of a transfer.
    pub served: u64,
    /// Always 0.
    pub reserved: [u64; 2],
}

/// The request of [`RAISE`]. 8 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct RaiseRequest {
    /// The causes to raise; not 0, and not all ones, which a device that is gone reads as.
    pub causes: u32,
    /// Must be 0.
    pub reserved: u32,
}

/// The reply of [`QUERY`]. 24 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct QueryReply {
    /// [`crate::CONTRACT_VERSION`] of the miniport.
    pub contract_version: u32,
    /// The miniport's version: major, minor and patch in bytes 2, 1 and 0.
    pub driver_version: u32,
    /// The adapter's identification register.
    pub device_identification: u32,
    /// 1 where the adapter has the witness that an interrupt is connected, else 0.
    pub interrupt_connected: u32,
    /// `BusInterruptLevel`, when the adapter was found: the bus's own number, and no IRQL.
    pub interrupt_level: u32,
    /// `BusInterruptVector`, when the adapter was found: the bus's own number, and no vector of the system's.
    pub interrupt_vector: u32,
}

/// The reply of [`STATISTICS`]. 80 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct StatisticsReply {
    /// Interrupts that the service routine claimed, with the state or without.
    pub claimed: u64,
    /// Interrupts that it answered "not mine".
    pub not_mine: u64,
    /// Claimed interrupts that found a closure on the state, and were served without it.
    pub served_without_state: u64,
    /// How often anybody found something else on the state. 0 where the port driver excludes as documented.
    pub contended: u64,
    /// Runs of the DPC.
    pub dpcs: u64,
    /// How often the service routine found the sum of the accounts broken.
    pub violations: u64,
    /// Causes that were dismissed, a bit each.
    pub causes: u64,
    /// The left account, where an interrupt is connected; else 0.
    pub left: u64,
    /// The right account, where an interrupt is connected; else 0.
    pub right: u64,
    /// Always 0.
    pub reserved: u64,
}

const _: () = assert!(QUERY == 0x0023_2000);
const _: () = assert!(size_of::<SynchronizeRequest>() == 32);
const _: () = assert!(size_of::<SynchronizeReply>() == 64);
const _: () = assert!(size_of::<RaiseRequest>() == 8);
const _: () = assert!(size_of::<QueryReply>() == 24);
const _: () = assert!(size_of::<StatisticsReply>() == 80);
