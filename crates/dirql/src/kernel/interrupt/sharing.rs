//! An interrupt that shares its lock, and a state behind it, with others.

use core::fmt;

use super::{
    ConnectError, Connection, ConnectionInfo, DisconnectError, DpcRoutine, InterruptHandler,
    ServiceContext, SharedLock, connect_parameters,
    handle::Handle,
    isr_context::{Admissible, ByValue},
    spin_lock::SharedSpinLock,
};
use crate::{Irql, Level, NotRun, Passive, Serviced, thunk::NoDestructor};

/// What is one interrupt's own, with a service routine that reaches the state of all those that share a lock, too.
///
/// It is [`InterruptHandler`] for an interrupt that is connected with a [`SharedLock`].
pub trait SharingHandler: Send + Sized + 'static {
    /// The state that the interrupts share.
    type State: Send + 'static;

    /// Whether neither the handler nor the state owns anything with a destructor: see [`InterruptHandler::PLAIN`].
    const PLAIN: bool = true;

    /// What runs at `DISPATCH_LEVEL` after a service routine that has called
    /// [`queue_dpc`](ServiceContext::queue_dpc) for [`Sharing`] of this handler: see [`InterruptHandler::DPC`].
    const DPC: Option<DpcRoutine<Sharing<Self>>> = None;

    /// Serves one interrupt, with the shared lock held: see [`InterruptHandler::service`].
    ///
    /// # IRQL
    ///
    /// The [level](SharedLock::level) of the lock. Nothing may wait, allocate, free or touch pageable memory.
    fn service(&mut self, state: &mut Self::State, cx: &ServiceContext<'_>) -> Serviced;
}

/// A handler beside the state that it shares: what a closure of its DPC is given.
///
/// No value of it leaves the connection, so what has a `&mut` of it holds the lock.
///
/// # Invariants
///
/// It is reached under the lock that it leads to, which the interrupt is connected with.
pub struct Sharing<H: SharingHandler> {
    own: H,
    lock: SharedLock<H::State>,
}

impl<H: SharingHandler> Sharing<H> {
    /// What is the interrupt's own, and the state that it shares.
    pub fn parts(&mut self) -> (&mut H, &mut H::State) {
        // SAFETY: The lock is held by what reaches this value (its invariant), for as long as the result is used, which
        // borrows it. What else uses the state holds the lock, too: it leads here by interrupts that were connected
        // with it.
        let state = unsafe { &mut *self.lock.state() };
        (&mut self.own, state)
    }
}

impl<H: SharingHandler> InterruptHandler for Sharing<H> {
    // It leads to the shared state, which something is the last to drop. Connecting has looked at what the two parts own.
    const PLAIN: bool = false;
    const DPC: Option<DpcRoutine<Self>> = H::DPC;

    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        let (own, state) = self.parts();
        own.service(state, cx)
    }
}

impl<H: SharingHandler> fmt::Debug for Sharing<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharing").finish_non_exhaustive()
    }
}

/// Fails to compile where a closure captures a value with a destructor.
#[inline]
const fn without_destructor<F>(_: &F) -> NoDestructor<F> {
    const { NoDestructor::assert() }
}

/// A connected interrupt at a device level whose lock other interrupts of the device have, too.
///
/// What [`Interrupt`](crate::Interrupt) promises holds, with a wider lock: the service routines of all interrupts that were
/// connected with one [`SharedLock`], and closures on any of them, exclude one another. Dropped at `PASSIVE_LEVEL` it disconnects;
/// dropped above it stops the machine.
///
/// # Examples
///
/// ```
/// use dirql::{
///     Connection, Passive, ServiceContext, Serviced, SharedInterrupt, SharedLock, SharingHandler, TranslatedInterrupt, enter,
///     mock,
/// };
///
/// /// One of two messages, which add to one count.
/// struct Queue(u32);
///
/// impl SharingHandler for Queue {
///     type State = u32;
///
///     fn service(&mut self, total: &mut u32, _: &ServiceContext<'_>) -> Serviced {
///         *total += self.0;
///         Serviced::Claimed
///     }
/// }
///
/// let devices = [mock::Device::with_line(5), mock::Device::with_line(9)];
/// let interrupts = [&devices[0], &devices[1]]
///     .map(|device| TranslatedInterrupt::parse(&device.descriptor()).unwrap());
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         let lock = SharedLock::new(irql, &interrupts, 0).unwrap();
///         let mut connect = |number: usize, handler| {
///             let device = devices[number].physical_device();
///             let to = Connection::FullySpecified { device, interrupt: interrupts[number] };
///             // SAFETY: The devices are alive, and the interrupts are disconnected below.
///             unsafe { SharedInterrupt::connect(irql, to, &lock, handler) }.unwrap()
///         };
///         let (one, other) = (connect(0, Queue(1)), connect(1, Queue(10)));
///         assert_eq!(devices[0].fire(), Some(true));
///         assert_eq!(devices[1].fire(), Some(true));
///         assert_eq!(one.synchronize(irql, |_, total| *total), Ok(11));
///         drop((one, other));
///         assert_eq!(lock.into_state(irql).unwrap(), 11);
///     })
/// }
/// ```
pub struct SharedInterrupt<H: SharingHandler> {
    handle: Handle<Sharing<H>, SharedSpinLock>,
}

impl<H: SharingHandler> SharedInterrupt<H> {
    /// Connects `handler` to an interrupt that is fully specified, with a lock that others have, too.
    ///
    /// Wraps `IoConnectInterruptEx` (nf-wdm-ioconnectinterruptex).
    ///
    /// # Safety
    ///
    /// As for [`Interrupt::connect`](crate::Interrupt::connect).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] with the reason, and with the handler. Nothing stays connected. An interrupt above the lock's level is
    /// refused, as is one that NT is to find.
    pub unsafe fn connect(
        irql: &mut Irql<'_, Passive>,
        to: Connection<'_>,
        lock: &SharedLock<H::State>,
        handler: H,
    ) -> Result<Self, ConnectError<H>> {
        const {
            assert!(
                !H::PLAIN || !core::mem::needs_drop::<H>() && !core::mem::needs_drop::<H::State>(),
                "this interrupt handler, or the state that it shares, owns a value with a destructor, which code under the \
                 lock could run at the interrupt's IRQL: keep the value elsewhere, or declare `const PLAIN: bool = false`"
            );
        };
        let admissible = const { Admissible::<Sharing<H>>::assert() };
        let by_value = const { ByValue::<Sharing<H>>::assert() };
        let _ = irql;
        let admitted = connect_parameters::admit_shared(&to, lock.level());
        let sharing = Sharing {
            own: handler,
            lock: lock.share(),
        };
        // SAFETY: As the caller promises. The lock lives as long as the handler, which leads to it.
        let handle = unsafe {
            Handle::connect(
                &to,
                admitted,
                sharing,
                lock.place(),
                (&admissible, &by_value),
            )
        };
        match handle {
            Ok(handle) => Ok(Self { handle }),
            Err(ConnectError { failure, handler }) => Err(ConnectError {
                failure,
                handler: handler.own,
            }),
        }
    }

    /// Runs `body` on what is the interrupt's own and on the shared state while the lock is held, and returns its result: see
    /// [`Interrupt::synchronize`](crate::Interrupt::synchronize).
    ///
    /// Wraps `KeSynchronizeExecution` (nf-wdm-kesynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`NotRun::NotCalled`] where NT returned without having run `body`.
    ///
    /// # Panics
    ///
    /// A panic in `body` does not unwind out of it.
    #[inline]
    pub fn synchronize<L: Level, F, R>(&self, irql: &mut Irql<'_, L>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H, &mut H::State) -> R,
    {
        let on_both = |sharing: &mut Sharing<H>| {
            let (own, state) = sharing.parts();
            body(own, state)
        };
        let plain = without_destructor(&on_both);
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL, and that this activation holds no interrupt lock; it stays borrowed,
        // so `body` cannot come here again, by any interrupt of this lock.
        unsafe { self.handle.run(on_both, plain) }.result
    }

    /// Disconnects the interrupt and hands its own part back. The others go on: see
    /// [`Interrupt::disconnect`](crate::Interrupt::disconnect).
    ///
    /// Wraps `IoDisconnectInterruptEx`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// IRQL was higher. The interrupt comes back in the error, connected.
    pub fn disconnect(self, irql: &mut Irql<'_, Passive>) -> Result<H, DisconnectError<Self>> {
        let by_value = const { ByValue::<Sharing<H>>::assert() };
        let _ = irql;
        // SAFETY: The token says that this activation holds no interrupt lock.
        match unsafe { self.handle.disconnect() } {
            // SAFETY: IRQL is PASSIVE_LEVEL, or nothing would have been disconnected.
            Ok(block) => Ok(unsafe { block.emptied(&by_value) }.own),
            Err(handle) => Err(DisconnectError {
                interrupt: Self { handle },
            }),
        }
    }

    /// How the interrupt is connected.
    #[must_use]
    pub const fn info(&self) -> ConnectionInfo {
        self.handle.connected().info()
    }
}

impl<H: SharingHandler> fmt::Debug for SharedInterrupt<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedInterrupt").finish_non_exhaustive()
    }
}
