//! The crate's own plain loads and stores of atomics, as the operations of `core`.
//!
//! In a driver's image for x64 `marked` stands in its place. The tests of the crate run these, under Miri too.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The value of `word`, with acquire ordering.
#[inline]
pub(crate) fn load(word: &AtomicU32) -> u32 {
    word.load(Ordering::Acquire)
}

/// The value of `word`, with acquire ordering.
#[inline]
pub(crate) fn load_wide(word: &AtomicU64) -> u64 {
    word.load(Ordering::Acquire)
}

/// Writes `value` to `word`, with release ordering.
#[inline]
pub(crate) fn store(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
}
