//! One owner at a time for what must not overlap: a stress run, a reconnect, a change of the soft
//! state.

use core::sync::atomic::{AtomicBool, Ordering};

use dirql::atomics::Field;
use dirql_ioctl::Status;

/// Whether something owns the connection for a while. Zero bytes are "nothing".
pub(crate) struct Exclusive(AtomicBool);

impl Exclusive {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 1] = dirql::atomic_fields!(Self: 0);

    /// Becomes the owner until the result is dropped.
    ///
    /// Nothing waits here: a request that finds an owner is refused, as the contract has it.
    pub(crate) fn enter(&self) -> Result<Owned<'_>, Status> {
        self.0
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .map(|_| Owned(self))
            .map_err(|_| Status::INVALID_DEVICE_STATE)
    }
}

impl Exclusive {
    /// Goes on with ownership that another thread handed over.
    pub(crate) const fn receive(&self, _owned: HandedOver) -> Owned<'_> {
        Owned(self)
    }
}

/// Ownership, given back when dropped.
pub(crate) struct Owned<'a>(&'a Exclusive);

/// Ownership on its way to another thread. It is received there, or nothing owns the device again.
#[must_use = "ownership that nothing receives is never given back"]
pub(crate) struct HandedOver(());

impl Owned<'_> {
    /// Keeps the ownership for the one that receives it.
    pub(crate) const fn hand_over(self) -> HandedOver {
        core::mem::forget(self);
        HandedOver(())
    }
}

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}
