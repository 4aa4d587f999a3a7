//! A claim: one word that says who is inside, where no page says what else keeps others out.
//!
//! NT promises that some of its synchronize routines exclude a handler, and does not say how they find
//! the lock. A state that rested on that alone would be as sound as the guess. So every access, from a
//! handler as from a closure under the lock, also claims the state by one atomic word. Who finds it
//! claimed does not wait, because it may have interrupted the one it would wait for: it goes away with
//! [`NotRun::Contended`], and there is never a second `&mut`.

use core::{
    cell::UnsafeCell,
    fmt,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use crate::{NotRun, atomics::access};

/// Nothing is inside.
const FREE: u32 = 0;
/// Something is inside.
const CLAIMED: u32 = 1;

/// A value that one at a time may use, and for which nothing waits.
///
/// # Invariants
///
/// `state` is used by the caller that changed `word` from free to claimed, until it changes it back.
pub struct Claimed<T> {
    pub(crate) word: AtomicU32,
    pub(crate) contended: AtomicU64,
    state: UnsafeCell<T>,
}

// SAFETY: Through a shared reference the state is reached by one claimant at a time, on any processor,
// for which it need only be `Send`. The other fields are atomic.
unsafe impl<T: Send> Sync for Claimed<T> {}

impl<T> Claimed<T> {
    /// A value that nothing has claimed.
    #[must_use]
    pub const fn new(state: T) -> Self {
        Self {
            word: AtomicU32::new(FREE),
            contended: AtomicU64::new(0),
            state: UnsafeCell::new(state),
        }
    }

    /// Runs `body` on the value, unless something is inside.
    ///
    /// It neither waits nor calls NT, and so may be called anywhere: in a handler that no IRQL masks, and
    /// inside another access to the same value, which is contention like any other.
    ///
    /// # IRQL
    ///
    /// Any.
    ///
    /// # Errors
    ///
    /// [`NotRun::Contended`] where something is inside; `body` did not run, and it is counted.
    #[inline]
    pub fn access<R>(&self, body: impl FnOnce(&mut T) -> R) -> Result<R, NotRun> {
        /// Frees the word on the way out, on a host also when a test panics in the body.
        struct Free<'a>(&'a AtomicU32);
        impl Drop for Free<'_> {
            fn drop(&mut self) {
                // Release, so that the next claimant sees what this one wrote.
                access::store(self.0, FREE);
            }
        }

        let claimed =
            self.word
                .compare_exchange(FREE, CLAIMED, Ordering::Acquire, Ordering::Relaxed);
        if claimed.is_err() {
            self.contended.fetch_add(1, Ordering::Relaxed);
            return Err(NotRun::Contended);
        }
        let _free = Free(&self.word);
        // SAFETY: This call changed the word from free to claimed, so nothing else uses the state until
        // it is freed; the reference ends with `body`, whose type holds for any lifetime.
        Ok(body(unsafe { &mut *self.state.get() }))
    }

    /// How often an access found something inside.
    #[must_use]
    pub fn contended(&self) -> u64 {
        access::load_wide(&self.contended)
    }

    /// The value, of a place that is not shared.
    pub const fn get_mut(&mut self) -> &mut T {
        self.state.get_mut()
    }

    /// Takes the value out.
    pub fn into_inner(self) -> T {
        self.state.into_inner()
    }
}

impl<T> fmt::Debug for Claimed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("claimed", &(access::load(&self.word) == CLAIMED))
            .field("contended", &self.contended())
            .finish_non_exhaustive()
    }
}
