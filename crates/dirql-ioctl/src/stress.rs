//! Many threads and interrupts on the shared state at once: [`crate::code::STRESS`].

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// How the threads reach the shared state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Mode {
    /// Through the adapter, under the interrupt lock.
    Locked = 1,
    /// On the same code path without the lock, with relaxed atomics: no undefined behaviour, and
    /// no exclusion. It shows that the invariant can be broken, so that a zero means something.
    Control = 2,
}

impl Mode {
    /// The mode that `value` numbers.
    #[must_use]
    pub const fn from_u32(value: u32) -> Option<Self> {
        match value {
            1 => Some(Self::Locked),
            2 => Some(Self::Control),
            _ => None,
        }
    }
}

/// The largest number of threads of one run.
pub const THREADS_MAX: u32 = 8;
/// The largest number of transfers of one thread.
pub const TRANSFERS_MAX: u32 = 100_000;
/// The largest number of interrupts that one run raises.
pub const INTERRUPTS_MAX: u32 = 10_000;

/// The request of [`crate::code::STRESS`]. 24 bytes.
///
/// Each thread makes `transfers` transfers between two accounts of the run; the run's
/// own thread raises `interrupts` interrupts meanwhile; the ISR checks the accounts too. The sum of
/// the accounts is the invariant, and the same code judges both modes.
///
/// # Errors
///
/// `INVALID_PARAMETER` for an unknown mode, a count outside `1..=` its maximum (0 is allowed for
/// `interrupts`), or a reserved field that is not 0. `INVALID_DEVICE_STATE` while the interrupt is
/// soft-inactive or another stress run or reconnect is on. `CANCELLED` where the request was
/// cancelled. `INSUFFICIENT_RESOURCES` where a thread could not be made, or there was no memory for
/// their list. `DEVICE_NOT_READY` where the device is about to leave D0. `IO_TIMEOUT` where the
/// threads did not end within half a minute of the last raise. Whichever it is, the threads have
/// ended when the request is answered.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct StressRequest {
    /// A [`Mode`].
    pub mode: u32,
    /// How many system threads.
    pub threads: u32,
    /// How many transfers each thread makes.
    pub transfers: u32,
    /// How many interrupts are raised meanwhile.
    pub interrupts: u32,
    /// Must be 0.
    pub reserved: u64,
}

/// The reply of [`crate::code::STRESS`]. 64 bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct StressReply {
    /// Transfers that were made.
    pub transfers: u64,
    /// Transfers that came back as `NotRun`.
    pub not_run: u64,
    /// How often a thread found a broken invariant.
    pub violations_in_thread: u64,
    /// How often the ISR found a broken invariant.
    pub violations_in_isr: u64,
    /// How often the ISR checked the invariant during the run.
    pub checks_in_isr: u64,
    /// Interrupts that were raised.
    pub interrupts_raised: u64,
    /// The sum of the accounts after the run; [`crate::synchronize::ACCOUNTS_TOTAL`] if it held.
    pub final_total: u64,
    /// Always 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<StressRequest>() == 24);
const _: () = assert!(size_of::<StressReply>() == 64);
