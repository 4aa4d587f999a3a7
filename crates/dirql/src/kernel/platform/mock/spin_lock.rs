//! The spin lock of an interrupt object.
//!
//! What a free spin lock looks like is the kernel's affair. Here it is not zero, so that memory which
//! nothing has initialised is no lock.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::bugcheck::require;

const FREE: usize = 0x4b53_504c;
const HELD: usize = FREE + 1;

/// Makes a word a free spin lock.
///
/// # Safety
/// `lock` is a word that nothing else uses meanwhile.
pub(crate) unsafe fn initialize_spin_lock(lock: *mut usize) {
    // SAFETY: As the caller promises.
    unsafe { lock.write(FREE) }
}

/// Waits for the lock and takes it.
pub(super) fn acquire(lock: &AtomicUsize) {
    while let Err(found) = lock.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed) {
        require(
            found == HELD,
            "a spin lock that KeInitializeSpinLock has not initialised",
        );
        thread::yield_now();
    }
}

/// Takes the lock if it is free; says whether it was.
#[cfg(feature = "wdf")]
pub(super) fn try_acquire(lock: &AtomicUsize) -> bool {
    let taken = lock.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed);
    taken.is_ok()
}

/// Gives back what [`acquire`] took.
pub(super) fn release(lock: &AtomicUsize) {
    lock.store(FREE, Ordering::Release);
}
