//! Whether the service routine may touch the device.
//!
//! A connected interrupt is called whenever its line is asserted, by whatever device, also while this one is not in D0
//! and its registers do not answer. But in D0 the device may raise a cause by itself at any moment, and nothing but this
//! driver's service routine can make it let go of the line. So what decides is not whether the driver is ready for
//! interrupts, but whether the registers answer.
//!
//! The interrupt lock cannot guard that decision: out of D0 the interrupt is inactive, and nothing may synchronize on it.

use core::{
    ptr::NonNull,
    sync::atomic::{AtomicU32, Ordering},
};

use dirql::{Irql, Passive, atomics::Field};

use crate::thread::pause;

/// Set while the registers may be touched; the bits below count the service routines that are at them.
const OPEN: u32 = 1 << 31;

/// Whether the registers answer, and how many service routines are at them. Zero bytes are "no", and none.
pub(crate) struct Reach(AtomicU32);

impl Reach {
    /// What is atomic in it, for the table in the image.
    pub(crate) const ATOMICS: [Field; 1] = dirql::atomic_fields!(Self: 0);

    /// The registers answer from here on: before the interrupt is connected, or active.
    pub(crate) fn open(&self) {
        self.0.fetch_or(OPEN, Ordering::Release);
    }

    /// The registers may cease to answer when this returns: no service routine is at them, and none comes to them.
    ///
    /// The interrupt is inactive or disconnected by then, or the line would be asserted in vain. That does not stop a
    /// routine that NT has dispatched before.
    pub(crate) fn close(&self, irql: &mut Irql<'_, Passive>) {
        let mut inside = self.0.fetch_and(!OPEN, Ordering::Acquire) & !OPEN;
        while inside != 0 {
            pause(irql);
            inside = self.0.load(Ordering::Acquire) & !OPEN;
        }
    }

    /// Runs `body`, which may touch the registers, unless they are out of reach. At any IRQL.
    fn within<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let reached = self.0.fetch_add(1, Ordering::Acquire) & OPEN != 0;
        let result = reached.then(body);
        self.0.fetch_sub(1, Ordering::Release);
        result
    }
}

/// The reach of a device as its service routine asks for it.
///
/// # Invariants
///
/// The reach is live as long as the value is used.
#[derive(Clone, Copy)]
pub(crate) struct ReachRef(NonNull<Reach>);

// SAFETY: A reach is one atomic word, which may be used in any thread and on any processor.
unsafe impl Send for ReachRef {}

impl ReachRef {
    /// Lets the service routine ask.
    ///
    /// # Safety
    ///
    /// As the type's invariant says.
    pub(crate) const unsafe fn new(reach: &Reach) -> Self {
        Self(NonNull::from_ref(reach))
    }

    /// As [`Reach::within`].
    pub(crate) fn within<R>(self, body: impl FnOnce() -> R) -> Option<R> {
        // SAFETY: The reach is live (the type's invariant), and only shared references to it exist.
        unsafe { self.0.as_ref() }.within(body)
    }
}
