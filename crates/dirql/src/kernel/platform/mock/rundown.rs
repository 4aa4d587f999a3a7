//! Rundown protection: a count of accesses, and a bit that says that no more are granted.

use core::{
    cell::RefCell,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::thread;

use super::{
    Hook,
    bugcheck::{require, require_at_most},
};
use crate::kernel::platform::{APC_LEVEL, DISPATCH_LEVEL};

/// No more protection is granted.
const RUN_DOWN: usize = 1;
/// One access.
const ACCESS: usize = 2;

std::thread_local! {
    static GRANTED: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Runs `hook` when `ExAcquireRundownProtection` grants protection to this thread next, before it returns.
pub fn when_protection_is_granted(hook: Hook) {
    GRANTED.set(Some(hook));
}

/// `EX_RUNDOWN_REF`.
pub(crate) struct RundownRef(AtomicUsize);

impl RundownRef {
    /// A reference that no routine has initialised.
    pub(crate) const fn zeroed() -> Self {
        Self(AtomicUsize::new(0))
    }
}

pub(crate) unsafe fn rundown_initialize(reference: &RundownRef) {
    reference.0.store(0, Ordering::Release);
}

pub(crate) unsafe fn rundown_reinitialize(reference: &RundownRef) {
    require_at_most(APC_LEVEL);
    // No page says that this orders memory.
    let old = reference.0.swap(0, Ordering::Relaxed);
    require(
        old == RUN_DOWN,
        "ExReInitializeRundownProtection before the rundown is complete",
    );
}

pub(crate) unsafe fn rundown_acquire(reference: &RundownRef) -> bool {
    require_at_most(DISPATCH_LEVEL);
    // No page says that a grant orders memory.
    let granted = reference
        .0
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            (count & RUN_DOWN == 0).then_some(count + ACCESS)
        })
        .is_ok();
    if granted && let Some(hook) = GRANTED.take() {
        hook();
    }
    granted
}

pub(crate) unsafe fn rundown_release(reference: &RundownRef) {
    require_at_most(DISPATCH_LEVEL);
    let old = reference.0.fetch_sub(ACCESS, Ordering::AcqRel);
    require(
        old >= ACCESS,
        "ExReleaseRundownProtection without an acquisition",
    );
}

pub(crate) unsafe fn rundown_wait(reference: &RundownRef) {
    require_at_most(APC_LEVEL);
    reference.0.fetch_or(RUN_DOWN, Ordering::AcqRel);
    while reference.0.load(Ordering::Acquire) != RUN_DOWN {
        thread::yield_now();
    }
}
