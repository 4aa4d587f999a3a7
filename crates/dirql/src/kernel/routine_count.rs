//! The count of routines that NT has entered and that have not ended: how a routine counts itself in and out, and how
//! it is waited until none is inside.

use core::sync::atomic::{AtomicU32, Ordering};

use super::platform;

/// How a routine counts itself out: release, so that who sees the count fall also sees what the routine wrote.
const LEAVING: Ordering = Ordering::Release;

/// How a count is looked at that has to be zero: acquire, the other half of [`LEAVING`], and release, so that who
/// counts itself in later sees what was done before.
const AWAITING: Ordering = Ordering::AcqRel;

/// Counts a routine in.
#[inline]
pub(super) fn enter(inside: &AtomicU32) {
    inside.fetch_add(1, Ordering::Acquire);
}

/// Counts a routine out.
#[inline]
pub(super) fn leave(inside: &AtomicU32) {
    inside.fetch_sub(1, LEAVING);
}

/// Waits until no routine is inside.
///
/// # Safety
///
/// IRQL is `PASSIVE_LEVEL`; no lock is held.
pub(super) unsafe fn wait_until_zero(inside: &AtomicU32) {
    // A read-modify-write sees the latest value there is, where a load may see an older zero. An addition of zero
    // would be compiled to a fence and a load.
    while inside
        .compare_exchange(0, 0, AWAITING, Ordering::Relaxed)
        .is_err()
    {
        // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { platform::delay() };
    }
}
