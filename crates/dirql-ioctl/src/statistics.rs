//! Counters and histograms: [`crate::code::STATISTICS`] and [`crate::code::RESET_STATISTICS`].

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Buckets of a histogram: bucket `i` counts values whose highest set bit is bit `i`; 0 counts in
/// bucket 0, and what needs more bits counts in the last.
pub const BUCKETS: usize = 32;

/// The bucket of `cycles`.
#[must_use]
pub const fn bucket(cycles: u64) -> usize {
    let highest = match cycles.checked_ilog2() {
        Some(bit) => bit as usize,
        None => 0,
    };
    if highest < BUCKETS {
        highest
    } else {
        BUCKETS - 1
    }
}

/// The reply of [`crate::code::STATISTICS`]. 832 bytes.
///
/// # Errors
///
/// `INVALID_DEVICE_STATE` while the interrupt is being reconnected. A reset
/// ([`crate::code::RESET_STATISTICS`]) is refused with it while the interrupt is soft-inactive, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct StatisticsReply {
    /// The number of the newest claimed interrupt; a reset does not change it.
    pub sequence: u64,
    /// Interrupts that the ISR claimed, and what the DPC claimed of causes that the ISR had left. What the device raises
    /// by itself while the interrupt is soft-inactive, out of D0 or being reconnected is acknowledged and counted nowhere.
    pub claimed: u64,
    /// Interrupts that the ISR answered "not mine".
    pub not_mine: u64,
    /// Runs of the DPC.
    pub dpc: u64,
    /// Closures that ran under the lock for synchronize requests.
    pub synchronized: u64,
    /// Calls of the adapter that came back as `NotRun`.
    pub not_run: u64,
    /// Raises that reached the device, one for each write of causes, of raise and stress requests.
    pub raised: u64,
    /// ISR runs that ended at the bound of passes with causes left.
    pub drain_bound_reached: u64,
    /// How often each cause was acknowledged.
    pub causes: [u64; 32],
    /// Histogram of the cycles waited for the lock, of synchronize requests.
    pub waited: [u64; BUCKETS],
    /// Histogram of the cycles inside the closure, of synchronize requests.
    pub inside: [u64; BUCKETS],
}

const _: () = assert!(size_of::<StatisticsReply>() == 832);
const _: () =
    assert!(bucket(0) == 0 && bucket(1) == 0 && bucket(2) == 1 && bucket(u64::MAX) == BUCKETS - 1);
