//! A connected interrupt at a device level, over `KeSynchronizeExecution`.

use super::{
    ConnectError, ConnectInPlaceError, Connection, ConnectionInfo, DisconnectError, HandlerBlock,
    InterruptHandler, connect_parameters, dpc,
    handle::Handle,
    isr_context::{Admissible, ByValue},
    spin_lock::SpinLock,
};
use crate::{
    Irql, Level, NotRun, Outcome, Passive,
    kernel::platform::{self, PASSIVE_LEVEL},
    thunk::NoDestructor,
};

/// A connected interrupt, and the state that its service routine shares with the driver.
///
/// The value is a handle: it may be moved, sent and shared while interrupts arrive, for what NT knows
/// is a block elsewhere. The lock of that block is this crate's own, one for each connection, so that
/// *the lock*, not the interrupt object, decides what excludes what: all messages of a message-based
/// connection come under it.
///
/// Dropped at `PASSIVE_LEVEL` it disconnects. Dropped above, where NT cannot disconnect, it stops the
/// machine with [`BUGCHECK_CODE`](crate::BUGCHECK_CODE), in release builds too.
///
/// # Examples
///
/// ```
/// use dirql::{Connection, Interrupt, InterruptHandler, Passive, ServiceContext, Serviced, enter, mock};
///
/// struct Ticks(u32);
///
/// impl InterruptHandler for Ticks {
///     fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
///         self.0 += 1;
///         Serviced::Claimed
///     }
/// }
///
/// let device = mock::Device::with_line(9);
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         let to = Connection::LineBased { device: device.physical_device() };
///         // SAFETY: The device is alive, and the interrupt is disconnected below.
///         let interrupt = unsafe { Interrupt::connect(irql, to, Ticks(0)) }.unwrap();
///         device.fire();
///         let ticks = interrupt.synchronize(irql, |state| core::mem::take(&mut state.0));
///         assert_eq!(ticks, Ok(1));
///         assert_eq!(interrupt.disconnect(irql).unwrap().0, 0);
///     })
/// }
/// ```
///
/// # Invariants
///
/// - The handler is used by the service routine and by closures of [`synchronize`](Self::synchronize)
///   only, and each of them holds the lock meanwhile.
/// - The lock is held at a device level, so a caller at `DISPATCH_LEVEL` or below may take it. The lock of a
///   passive-level line is an event that a caller there must not wait for. Such a line is never behind this
///   type, although a line- or message-based connect does not tell the level: the lock is always given, and
///   "the caller must not supply a spin lock in this call [...]. Otherwise, `IoConnectInterruptEx` fails and
///   returns error status `STATUS_INVALID_PARAMETER`" ("Using Passive-Level Interrupt Service Routines").
pub struct Interrupt<H: InterruptHandler> {
    handle: Handle<H, SpinLock>,
}

impl<H: InterruptHandler> Interrupt<H> {
    /// Connects `handler` to an interrupt.
    ///
    /// The handler has at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes, which is asserted when code is
    /// generated: a kernel stack is small. A larger one is for
    /// [`connect_in_place`](Self::connect_in_place).
    ///
    /// The handler is complete before NT hears of it: the service routine may run before this returns,
    /// on this processor. So whatever else the routine reaches has to be in the handler.
    ///
    /// Wraps `IoConnectInterruptEx` (nf-wdm-ioconnectinterruptex).
    ///
    /// # When the driver is not ready
    ///
    /// The line is live from the connect to the disconnect, and the routine is called for every device on
    /// it. A device may raise a cause by itself at any of these moments: before the driver is ready, after it
    /// has silenced the device, between two steps of its own. Nothing but this routine makes the line of its
    /// device fall. Where it answers [`NotMine`](crate::Serviced::NotMine) to its own device, NT calls it again
    /// at once, for ever, and what would make the driver ready never gets the processor. To silence the device
    /// just before makes that rare, and no more.
    ///
    /// So whether the routine serves its device is decided by one question: do the registers answer?
    ///
    /// - In D0, from the connect on, it acknowledges what its device has raised and answers
    ///   [`Claimed`](crate::Serviced::Claimed). The registers are in the handler. While the driver is not ready,
    ///   which a field of the handler says, it counts nothing and hands nothing on.
    /// - Out of D0 it touches no register and answers `NotMine`: NT calls it for the other devices. A field of
    ///   the handler says so too. Closures of [`synchronize`](Self::synchronize) change it: in D0 entry before
    ///   anything else; in D0 exit as the last thing, in the closure that masks the device.
    /// - A device that cannot be masked may raise a cause after that closure. Its interrupt is reported inactive
    ///   on the way out of D0, by [`set_inactive`](Self::set_inactive), and only then does the routine keep away
    ///   from it. Nothing may synchronize on an inactive interrupt. So the answer to the question is an atomic
    ///   beside the lock there, in which the routine counts itself in and out.
    ///
    /// The driver in this project does the last (`driver/reach.rs`).
    ///
    /// # Safety
    ///
    /// - The device is a physical device object that the driver is attached to. A given interrupt is one
    ///   of that device's, translated, and assigned to it for as long as the connection lives.
    /// - The value is disconnected or dropped, never forgotten, before `EvtDeviceReleaseHardware` (or the
    ///   handling of the stop or remove request) returns, and before the image unloads.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] with the reason, and with the handler. Nothing stays connected.
    pub unsafe fn connect(
        irql: &mut Irql<'_, Passive>,
        to: Connection<'_>,
        handler: H,
    ) -> Result<Self, ConnectError<H>> {
        let admissible = const { Admissible::<H>::assert() };
        let by_value = const { ByValue::<H>::assert() };
        let _ = irql;
        let admitted = connect_parameters::admit_device_level(&to);
        // SAFETY: As the caller promises.
        let handle =
            unsafe { Handle::connect(&to, admitted, handler, (), (&admissible, &by_value)) }?;
        Ok(Self { handle })
    }

    /// Connects the handler in `block` to an interrupt: what [`connect`](Self::connect) does, without moving
    /// the handler, of which the stack that this takes does not depend.
    ///
    /// Wraps `IoConnectInterruptEx` (nf-wdm-ioconnectinterruptex).
    ///
    /// # Safety
    ///
    /// As for [`connect`](Self::connect).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`ConnectInPlaceError`] with the reason, and with the block, in which the handler is still. It can be
    /// connected again. Nothing stays connected.
    pub unsafe fn connect_in_place(
        irql: &mut Irql<'_, Passive>,
        to: Connection<'_>,
        block: HandlerBlock<H>,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let _ = irql;
        let admitted = connect_parameters::admit_device_level(&to);
        // SAFETY: As the caller promises.
        let handle = unsafe { Handle::connect_in_place(&to, admitted, block, ()) }?;
        Ok(Self { handle })
    }

    /// Runs `body` on the shared state while the interrupt lock is held, and returns its result.
    ///
    /// Meanwhile the service routine of this connection runs on no processor, and no other closure does.
    /// Interrupts of other connections, interrupts above the level of this one, and DMA go on.
    ///
    /// `body` runs at the interrupt's IRQL, on the stack of the caller. It may not wait, allocate, free,
    /// touch pageable memory or take an executive spin lock, and it should be done in microseconds. It
    /// captures by reference what it needs: a closure with a capture that has a destructor does not compile,
    /// since that would run at the interrupt's IRQL. Its result travels out and is dropped where the caller
    /// drops it. So nothing captured is dropped implicitly. What `body` drops or allocates in so many words
    /// the type system does not see: `ManuallyDrop::into_inner`, emptying a captured `&mut Option<Box<_>>` or
    /// `&Cell<Option<Box<_>>>`, `Box::new`, or emptying a field of a handler that is not
    /// [`PLAIN`](InterruptHandler::PLAIN).
    ///
    /// Wraps `KeSynchronizeExecution` (nf-wdm-kesynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, which the token proves; the call itself does not look.
    ///
    /// # Errors
    ///
    /// [`NotRun::NotCalled`] where NT returned without having run `body`.
    ///
    /// # Panics
    ///
    /// A panic in `body` does not unwind out of it: in a driver it is a bug check, on a host it aborts the
    /// process.
    #[inline]
    pub fn synchronize<L: Level, F, R>(&self, irql: &mut Irql<'_, L>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H) -> R,
    {
        self.observe(irql, body, const { NoDestructor::assert() })
            .result
    }

    /// Does what [`synchronize`](Self::synchronize) does, and tells what NT returned.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[inline]
    pub fn synchronize_observed<L: Level, F, R>(
        &self,
        irql: &mut Irql<'_, L>,
        body: F,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        self.observe(irql, body, const { NoDestructor::assert() })
    }

    #[inline]
    fn observe<L: Level, F, R>(
        &self,
        irql: &mut Irql<'_, L>,
        body: F,
        plain: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL, which is below the device level at which the
        // lock is held, and that this activation holds no interrupt lock; it stays borrowed, so `body`
        // cannot come here again.
        unsafe { self.handle.run(body, plain) }
    }

    /// Waits until every run of the DPC has ended that was queued before.
    ///
    /// A service routine may queue it again meanwhile, so the device is kept from interrupting first. That is how nothing
    /// synchronizes any more before [`set_inactive`](Self::set_inactive). A disconnect does it by itself.
    ///
    /// Wraps `KeFlushQueuedDpcs` (nf-wdm-keflushqueueddpcs), which waits for the DPCs of other drivers too.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotRun::AbovePassive`]: IRQL was higher, and nothing was waited for.
    pub fn flush_dpc(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotRun> {
        let _ = irql;
        const {
            assert!(
                H::DPC.is_some(),
                "this interrupt handler has no DPC that could be waited for"
            );
        };
        if platform::current_irql() != PASSIVE_LEVEL {
            return Err(NotRun::AbovePassive);
        }
        // SAFETY: IRQL is PASSIVE_LEVEL, and the token proves that no interrupt lock is held.
        unsafe { dpc::flush() };
        Ok(())
    }

    /// Disconnects the interrupt and hands the state back.
    ///
    /// When this returns, the service routine runs nowhere and is not called again. No page says that
    /// `IoDisconnectInterruptEx` waits for a routine that runs on another processor, so this does: it runs
    /// the calling thread on every processor once. The device is kept from interrupting beforehand.
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
        let by_value = const { ByValue::<H>::assert() };
        let block = self.disconnect_in_place(irql)?;
        // SAFETY: IRQL is PASSIVE_LEVEL.
        Ok(unsafe { block.emptied(&by_value) })
    }

    /// Disconnects the interrupt and leaves the state in its block: what [`disconnect`](Self::disconnect)
    /// does, without moving the handler.
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
    pub fn disconnect_in_place(
        self,
        irql: &mut Irql<'_, Passive>,
    ) -> Result<HandlerBlock<H>, DisconnectError<Self>> {
        let _ = irql;
        // SAFETY: The token proves that no interrupt lock is held.
        unsafe { self.handle.disconnect() }.map_err(|handle| DisconnectError {
            interrupt: Self { handle },
        })
    }

    /// Tells NT that the device will interrupt again, after [`set_inactive`](Self::set_inactive).
    ///
    /// Harmless on an active interrupt. Wraps `IoReportInterruptActive` (nf-wdm-ioreportinterruptactive).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn set_active<L: Level>(&self, irql: &mut Irql<'_, L>) {
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.handle.connected().object().report_active() };
    }

    /// Tells NT that the device will not interrupt until [`set_active`](Self::set_active).
    ///
    /// The interrupt stays connected, but its service routine is not called, unless NT has dispatched it
    /// before. The device is quiesced first. What it raises all the same waits: the routine serves it as soon as
    /// the interrupt is active again, which may be before `set_active` has returned. Harmless on an inactive interrupt, which may also be disconnected as it is. Wraps
    /// `IoReportInterruptInactive` (nf-wdm-ioreportinterruptinactive).
    ///
    /// # Safety
    ///
    /// From the call until `set_active` has returned, nothing calls
    /// [`synchronize`](Self::synchronize) on this interrupt, nor does its DPC
    /// ([`flush_dpc`](Self::flush_dpc)): no page says what `KeSynchronizeExecution` does with one that is inactive.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub unsafe fn set_inactive<L: Level>(&self, irql: &mut Irql<'_, L>) {
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.handle.connected().object().report_inactive() };
    }

    /// What kind of connection this is, and what NT said about it.
    #[must_use]
    pub const fn info(&self) -> ConnectionInfo {
        self.handle.connected().info()
    }
}

impl<H: InterruptHandler> core::fmt::Debug for Interrupt<H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Interrupt")
            .field("info", &self.info())
            .finish_non_exhaustive()
    }
}
