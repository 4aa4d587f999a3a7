//! One owner at a time for what must not overlap: a stress run, a reconnect, a change of the soft
//! state.

use core::sync::atomic::{AtomicBool, Ordering};

use dirql_ioctl::Status;

/// Whether somebody owns the connection for a while. Zero bytes are "nobody".
pub(crate) struct Exclusive(AtomicBool);

impl Exclusive {
    /// Becomes the owner until the result is dropped.
    ///
    /// Nobody waits here: a request that finds an owner is refused, as the contract has it.
    pub(crate) fn enter(&self) -> Result<Owned<'_>, Status> {
        self.0
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .map(|_| Owned(self))
            .map_err(|_| Status::INVALID_DEVICE_STATE)
    }
}

/// Ownership, given back when dropped.
pub(crate) struct Owned<'a>(&'a Exclusive);

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}
