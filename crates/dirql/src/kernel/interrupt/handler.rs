//! The state that an interrupt service routine shares with the rest of the driver, and what the
//! routine is told.

use core::{ffi::c_void, marker::PhantomData};

use super::{DpcRoutine, dpc::Dpc};
use crate::{Serviced, kernel::platform::parameters::Kinterrupt};

/// State behind an interrupt lock, with the service routine that runs on it.
///
/// A value of this type lives inside the connection. Only `service` and closures under
/// [`synchronize`](crate::Interrupt::synchronize) reach it, one at a time.
///
/// It is `Send`, because the routine runs on any processor, and `'static`, because NT keeps it until
/// the interrupt is disconnected.
///
/// # Examples
///
/// ```
/// use dirql::{InterruptHandler, ServiceContext, Serviced};
///
/// /// What the service routine shares with the driver.
/// struct Events {
///     /// The mapped register that says why the device has interrupted, and takes the acknowledgement.
///     cause: *mut u32,
///     seen: u32,
/// }
///
/// // SAFETY: A register is reached from any processor.
/// unsafe impl Send for Events {}
///
/// impl InterruptHandler for Events {
///     fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
///         // SAFETY: The register is mapped for as long as the interrupt is connected.
///         let cause = unsafe { self.cause.read_volatile() };
///         if cause == 0 {
///             return Serviced::NotMine; // The line is shared.
///         }
///         // SAFETY: As above.
///         unsafe { self.cause.write_volatile(cause) };
///         self.seen |= cause;
///         Serviced::Claimed
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no interrupt handler",
    label = "it has no service routine",
    note = "implement `dirql::InterruptHandler` for the state that the service routine shares with the driver"
)]
pub trait InterruptHandler: Send + Sized + 'static {
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

    /// What runs at `DISPATCH_LEVEL` after a service routine that has called
    /// [`queue_dpc`](ServiceContext::queue_dpc); none unless the handler says otherwise.
    ///
    /// The DPC is in the connection. It runs after the connect has returned, also where the routine queued it earlier, and
    /// not after the disconnect: that takes it out of the queue and waits until it runs nowhere, while the
    /// interrupt is still connected. For a [`PassiveInterrupt`](crate::PassiveInterrupt) it is not available, which
    /// is asserted when code is generated: the event of such an interrupt cannot be waited for at `DISPATCH_LEVEL`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// use dirql::{
    ///     Connection, Dispatch, DpcContext, DpcRoutine, Interrupt, InterruptHandler, Irql, Passive, ServiceContext,
    ///     Serviced, enter, mock,
    /// };
    ///
    /// static FOLLOWED: AtomicU32 = AtomicU32::new(0);
    ///
    /// struct Events(u32);
    ///
    /// impl InterruptHandler for Events {
    ///     const DPC: Option<DpcRoutine<Self>> = Some(follow);
    ///
    ///     fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
    ///         self.0 += 1;
    ///         cx.queue_dpc::<Self>();
    ///         Serviced::Claimed
    ///     }
    /// }
    ///
    /// /// Takes the events over, at `DISPATCH_LEVEL`.
    /// fn follow(cx: &DpcContext<'_, Events>, irql: &mut Irql<'_, Dispatch>) {
    ///     if let Ok(events) = cx.synchronize(irql, |events| core::mem::take(&mut events.0)) {
    ///         FOLLOWED.fetch_add(events, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// let device = mock::Device::with_line(9);
    /// let to = Connection::LineBased { device: device.physical_device() };
    /// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
    /// unsafe {
    ///     enter::<Passive, _>(|irql| {
    ///         // SAFETY: The device is alive, and the interrupt is disconnected below.
    ///         let interrupt = unsafe { Interrupt::connect(irql, to, Events(0)) }.unwrap();
    ///         assert_eq!(device.fire(), Some(true));
    ///         assert_eq!(FOLLOWED.load(Ordering::Relaxed), 1);
    ///         assert_eq!(interrupt.disconnect(irql).unwrap().0, 0);
    ///     })
    /// }
    /// ```
    const DPC: Option<DpcRoutine<Self>> = None;

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
pub struct ServiceContext<'isr> {
    interrupt: *mut Kinterrupt,
    message: Option<u32>,
    dpc: Option<&'isr Dpc>,
    /// The routine is of one processor.
    _not_send: PhantomData<*mut ()>,
}

impl<'isr> ServiceContext<'isr> {
    pub(crate) const fn new(
        interrupt: *mut Kinterrupt,
        message: Option<u32>,
        dpc: Option<&'isr Dpc>,
    ) -> Self {
        Self {
            interrupt,
            message,
            dpc,
            _not_send: PhantomData,
        }
    }

    /// Queues the DPC of the handler `H`, which is the one that serves.
    ///
    /// Says whether a run follows that would not have followed without. It is `false` where the DPC is queued already:
    /// the run to come sees what this routine has written. It is `false` too while the interrupt is being
    /// disconnected, and then no run follows.
    ///
    /// A handler without [`DPC`](InterruptHandler::DPC) does not compile here, when code is generated. The type is asked
    /// for that alone: whatever it is, the DPC is that of the handler that serves.
    ///
    /// Wraps `KeInsertQueueDpc` (nf-wdm-keinsertqueuedpc).
    ///
    /// # IRQL
    ///
    /// Any.
    #[expect(
        clippy::must_use_candidate,
        reason = "it is called for what it does; whether it was queued already seldom matters"
    )]
    pub fn queue_dpc<H: InterruptHandler>(&self) -> bool {
        const {
            assert!(
                H::DPC.is_some(),
                "this interrupt handler has no DPC: declare `const DPC: Option<DpcRoutine<Self>> = Some(...)`"
            );
        };
        self.dpc.is_some_and(|dpc| {
            // SAFETY: This is called by a service routine of the context that the DPC is in: the value does not leave
            // the routine.
            unsafe { dpc.queue() }
        })
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

impl core::fmt::Debug for ServiceContext<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ServiceContext")
            .field("interrupt", &self.interrupt)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
