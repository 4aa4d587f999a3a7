//! Numbers that anything adds to, at any level.

use core::sync::atomic::{AtomicU32, Ordering};

/// What no number is.
const NONE: u32 = u32::MAX;

/// A number that is read and written by locked instructions alone, which need no declaration to tools.
pub struct Count(AtomicU32);

impl Count {
    /// Zero.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Adds one.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Makes it `value`.
    pub fn set(&self, value: u32) {
        self.0.swap(value, Ordering::SeqCst);
    }

    /// The number.
    #[must_use]
    pub fn get(&self) -> u32 {
        let read = self
            .0
            .compare_exchange(NONE, NONE, Ordering::SeqCst, Ordering::SeqCst);
        read.unwrap_or_else(|value| value)
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::new()
    }
}
