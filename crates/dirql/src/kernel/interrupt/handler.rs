//! The state that an interrupt service routine shares with the rest of the driver, and what the
//! routine is told.

use core::{ffi::c_void, marker::PhantomData};

use crate::{Serviced, kernel::platform::parameters::Kinterrupt};

/// State behind an interrupt lock, with the service routine that runs on it.
///
/// A value of this type lives inside the connection. Only `service` and closures under
/// [`synchronize`](crate::Interrupt::synchronize) reach it, one at a time.
///
/// It is `Send`, because the routine runs on any processor, and `'static`, because NT keeps it until
/// the interrupt is disconnected.
pub trait InterruptHandler: Send + 'static {
    /// Whether the handler owns nothing with a destructor, which is so unless it says otherwise.
    ///
    /// Connecting a handler that owns such a value and does not say `const PLAIN: bool = false` does not
    /// compile. So code under the lock cannot free memory at the interrupt's IRQL by overwriting a field of
    /// the handler, or by taking it out. What that code makes itself, or reaches through a captured
    /// reference, it can still free.
    ///
    /// A handler that says `false` is dropped where its owner drops it, at `PASSIVE_LEVEL`; that its own
    /// code drops no part of it earlier is then for its author to see to.
    const PLAIN: bool = true;

    /// Serves one interrupt.
    ///
    /// NT calls this with the interrupt lock held. It is called as soon as the interrupt is connected,
    /// which may be before `connect` returns. A line may be shared: an interrupt of another device is
    /// answered [`Serviced::NotMine`], after as little as possible. One of its own device is served whenever
    /// the registers answer, whether the driver is ready for it or not
    /// ([connecting](crate::Interrupt::connect)).
    ///
    /// # IRQL
    ///
    /// The `SynchronizeIrql` of the interrupt: a device level for [`Interrupt`](crate::Interrupt),
    /// `PASSIVE_LEVEL` for [`PassiveInterrupt`](crate::PassiveInterrupt). At a device level nothing
    /// may wait, allocate, free or touch pageable memory.
    ///
    /// # Panics
    ///
    /// A panic does not unwind out of this method: in a driver it is a bug check, on a host it aborts
    /// the process.
    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced;
}

/// What a service routine is told about the interrupt.
///
/// It holds no IRQL token, and none can be had inside a service routine: the lock is held, and
/// synchronizing on it would wait for itself.
#[derive(Debug)]
pub struct ServiceContext<'isr> {
    interrupt: *mut Kinterrupt,
    message: Option<u32>,
    _activation: PhantomData<&'isr ()>,
}

impl ServiceContext<'_> {
    pub(crate) const fn new(interrupt: *mut Kinterrupt, message: Option<u32>) -> Self {
        Self {
            interrupt,
            message,
            _activation: PhantomData,
        }
    }

    /// The message that arrived, counted from zero, or `None` for a line.
    #[must_use]
    pub const fn message(&self) -> Option<u32> {
        self.message
    }

    /// The `PKINTERRUPT` that NT passed, for logs: with several messages each has its own.
    #[must_use]
    pub const fn interrupt(&self) -> *mut c_void {
        self.interrupt.cast()
    }
}
