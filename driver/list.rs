//! A list in pool, whose memory is asked for once and may be refused.
//!
//! `alloc`'s own ways to add to a list, or to make a box, end in a panic where the pool is exhausted, which would stop
//! the machine. Here memory is asked for in one call that can fail, and what finds no room comes back. The inspection of
//! a release image refuses one in which the panic is reached.

use alloc::vec::Vec;

/// No memory.
pub(crate) struct Exhausted;

/// A list of a bounded length.
pub(crate) struct List<T>(Vec<T>);

impl<T> List<T> {
    /// An empty list with room for `most`. At most at `DISPATCH_LEVEL`, as for dropping it.
    ///
    /// # Errors
    ///
    /// The pool is exhausted.
    pub(crate) fn with_room(most: usize) -> Result<Self, Exhausted> {
        let mut list = Vec::new();
        list.try_reserve_exact(most).map_err(|_| Exhausted)?;
        Ok(Self(list))
    }

    /// Adds `value` at the end.
    ///
    /// # Errors
    ///
    /// The value, where the list is full.
    pub(crate) fn add(&mut self, value: T) -> Result<(), T> {
        let length = self.0.len();
        let Some(place) = self.0.spare_capacity_mut().first_mut() else {
            return Err(value);
        };
        place.write(value);
        // SAFETY: The place behind the last element is within the capacity and has been written.
        unsafe { self.0.set_len(length + 1) };
        Ok(())
    }

    /// What was added, in order.
    pub(crate) fn as_slice(&self) -> &[T] {
        &self.0
    }
}
