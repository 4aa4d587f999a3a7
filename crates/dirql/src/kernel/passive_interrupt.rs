//! A connected interrupt that is served in a thread, at `PASSIVE_LEVEL`.

use core::marker::PhantomData;

use crate::{
    ConnectError, ConnectFailure, ConnectInPlaceError, Connection, ConnectionInfo, DisconnectError,
    HandlerBlock, InterruptHandler, Irql, NotRun, Outcome, Passive, PhysicalDevice, Reason,
    TranslatedInterrupt,
    kernel::block::{Admissible, Block, ByValue},
    kernel::bugcheck,
    kernel::connected::Connected,
    kernel::passive_contexts::Number,
    kernel::platform::{self, PASSIVE_LEVEL},
    kernel::request::{self, Wiring},
    kernel::service,
    thunk::NoDestructor,
};

/// A connected passive-level interrupt, and the state that its service routine shares with the driver.
///
/// Devices behind GPIO controllers and slow buses interrupt this way: NT runs the service routine in a
/// thread and excludes it by an event that it makes itself. So this type differs from
/// [`Interrupt`](crate::Interrupt) in what it needs: every call waits, and is made at `PASSIVE_LEVEL`
/// with a token of [`Passive`]. The spin-lock form of NT, `KeAcquireInterruptSpinLock`, stops the
/// machine on such an interrupt, which is one reason why this crate offers closures only.
///
/// Dropped at `PASSIVE_LEVEL` it disconnects; dropped above it stops the machine with
/// [`BUGCHECK_CODE`](crate::BUGCHECK_CODE). Dropped or disconnected in its own service routine, as by a handler
/// that owns the only handle to itself (`Arc<Mutex<Option<PassiveInterrupt<Self>>>>`), it waits for ever: the
/// routine holds the event that it waits for.
///
/// # Invariants
///
/// The handler is used by the service routine and by closures of [`synchronize`](Self::synchronize)
/// only, and each of them holds the event meanwhile.
pub struct PassiveInterrupt<H: InterruptHandler> {
    connected: Connected<H>,
    /// By which service routines find the block; none once it is being dissolved.
    number: Option<Number>,
    _owns: PhantomData<Block<H>>,
}

// SAFETY: As for `Interrupt`: addresses that belong to no thread, and a handler that is `Send`.
unsafe impl<H: InterruptHandler> Send for PassiveInterrupt<H> {}

// SAFETY: Through a shared handle the state is reached under the event only, by one at a time.
unsafe impl<H: InterruptHandler> Sync for PassiveInterrupt<H> {}

impl<H: InterruptHandler> PassiveInterrupt<H> {
    /// Connects `handler` to a line whose translated level is zero.
    ///
    /// Fully specified, with no lock: NT uses an event. The group form is chosen where the interrupt is
    /// in another processor group than 0. The service routine may run before this returns, and serves its
    /// device from then on ([`Interrupt::connect`](crate::Interrupt::connect)).
    ///
    /// The handler has at most [`BY_VALUE_MAX`](crate::BY_VALUE_MAX) bytes; a larger one is for
    /// [`connect_in_place`](Self::connect_in_place).
    ///
    /// Wraps `IoConnectInterruptEx` (nf-wdm-ioconnectinterruptex).
    ///
    /// # Safety
    ///
    /// As for [`Interrupt::connect`](crate::Interrupt::connect). Nothing is asked about service routines that NT
    /// is about to start: such a one finds no handler once the interrupt is disconnected, or was refused.
    /// It still runs code of the image. No call of a driver waits for it, so this relies on NT, as every driver with a
    /// passive-level interrupt does: NT starts none in an image that it has let unload.
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
        device: PhysicalDevice<'_>,
        interrupt: TranslatedInterrupt,
        handler: H,
    ) -> Result<Self, ConnectError<H>> {
        let admissible = const { Admissible::<H>::assert() };
        let by_value = const { ByValue::<H>::assert() };
        let _ = irql;
        if let Err(failure) = admit(&interrupt) {
            return Err(ConnectError { failure, handler });
        }
        // SAFETY: IRQL is PASSIVE_LEVEL.
        let block = match unsafe { HandlerBlock::filled(handler, &admissible, &by_value) } {
            Ok(block) => block,
            Err(handler) => {
                return Err(ConnectError {
                    failure: ConnectFailure::NoMemory,
                    handler,
                });
            }
        };
        let to = specified(device, interrupt);
        // SAFETY: IRQL is PASSIVE_LEVEL, and the rest is the caller's promise.
        match unsafe { Self::establish(&to, block) } {
            Ok(interrupt) => Ok(interrupt),
            Err(ConnectInPlaceError { failure, block }) => Err(ConnectError {
                failure,
                // SAFETY: IRQL is PASSIVE_LEVEL.
                handler: unsafe { block.emptied(&by_value) },
            }),
        }
    }

    /// Connects the handler in `block`: what [`connect`](Self::connect) does, without moving the handler, of
    /// which the stack that this takes does not depend.
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
        device: PhysicalDevice<'_>,
        interrupt: TranslatedInterrupt,
        block: HandlerBlock<H>,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let _ = irql;
        if let Err(failure) = admit(&interrupt) {
            return Err(ConnectInPlaceError { failure, block });
        }
        let to = specified(device, interrupt);
        // SAFETY: IRQL is PASSIVE_LEVEL, and the rest is the caller's promise.
        unsafe { Self::establish(&to, block) }
    }

    /// Gives the block a number and connects it.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`, and the caller of the public connect has promised what that asks.
    unsafe fn establish(
        to: &Connection<'_>,
        block: HandlerBlock<H>,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let block = block.into_raw();
        // SAFETY: The block is live.
        let inside = unsafe { Block::inside(block) };
        // SAFETY: IRQL is PASSIVE_LEVEL. The block is given back when the number has been withdrawn and the
        // count was waited for: below, and in `dissolve`.
        let Some(number) = (unsafe { Number::give(block.cast(), inside) }) else {
            // SAFETY: The block came from `into_raw` above, and nothing knows it.
            let block = unsafe { HandlerBlock::from_raw(block) };
            let failure = ConnectFailure::NoMemory;
            return Err(ConnectInPlaceError { failure, block });
        };
        let wiring = Wiring {
            line: service::passive::<H>,
            message: service::message::<H>,
            context: number.as_context(),
            // NT makes an event.
            lock: core::ptr::null_mut(),
        };
        // SAFETY: IRQL is PASSIVE_LEVEL and the device is the caller's promise. The number leads to the block
        // until it is withdrawn; the block lives until then and until the routines inside have left. The routine
        // of a message, which would take the number for an address, belongs to no fully-specified connection.
        match unsafe { Connected::make(to, block, &wiring) } {
            Ok(connected) => Ok(Self {
                connected,
                number: Some(number),
                _owns: PhantomData,
            }),
            Err(failure) => {
                // SAFETY: IRQL is PASSIVE_LEVEL.
                unsafe { number.withdraw() };
                // SAFETY: The block is live, IRQL is PASSIVE_LEVEL and no lock is held.
                unsafe { Block::wait_until_left(block) };
                // SAFETY: Nothing is connected, no routine is inside, and a late one finds no block.
                let block = unsafe { HandlerBlock::from_raw(block) };
                Err(ConnectInPlaceError { failure, block })
            }
        }
    }

    /// Runs `body` on the shared state while the service routine is excluded, and returns its result.
    ///
    /// The call may wait for the routine to end, and runs inside a critical region, so that the thread
    /// is not suspended while it holds the event. `body` runs at `PASSIVE_LEVEL`. As under a device-level
    /// lock, a closure with a capture that has a destructor does not compile.
    ///
    /// Wraps `KeSynchronizeExecution` (nf-wdm-kesynchronizeexecution).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotRun::AbovePassive`] where IRQL was higher, and [`NotRun::NotCalled`] where NT returned
    /// without having run `body`.
    ///
    /// # Panics
    ///
    /// As for [`Interrupt::synchronize`](crate::Interrupt::synchronize).
    pub fn synchronize<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Result<R, NotRun>
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
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    pub fn synchronize_observed<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        self.observe(irql, body, const { NoDestructor::assert() })
    }

    fn observe<F, R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        body: F,
        plain: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        let _ = irql;
        if platform::current_irql() != PASSIVE_LEVEL {
            return Outcome {
                result: Err(NotRun::AbovePassive),
                raw: 0,
                calls: 0,
            };
        }
        // SAFETY: IRQL is PASSIVE_LEVEL. The token proves that this activation holds no interrupt lock, and
        // stays borrowed, so `body` cannot come here again.
        unsafe { self.run(body, plain) }
    }

    /// Runs `body` on the state, under the event, inside a critical region.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; this activation does not hold the event.
    unsafe fn run<F, R>(&self, body: F, plain: NoDestructor<F>) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: IRQL is PASSIVE_LEVEL; left below on the same thread.
        unsafe { platform::enter_critical_region() };
        // SAFETY: IRQL, and that the event is not held, is the caller's promise.
        let outcome = unsafe { self.connected.run(body, plain) };
        // SAFETY: Entered above on this thread, and KeSynchronizeExecution returns at the IRQL of the call.
        unsafe { platform::leave_critical_region() };
        outcome
    }

    /// Waits out the service routine that has begun, lets no further one in, disconnects, and gives the block back.
    ///
    /// A thread that has entered the routine holds the event, which NT takes before it calls the routine, so it
    /// has left once this thread has held the event. Under the event the number is withdrawn: a thread that NT
    /// starts, or lets go on, after that finds no handler.
    ///
    /// # Safety
    ///
    /// IRQL is `PASSIVE_LEVEL`; this activation holds no lock; the handle is not used again.
    unsafe fn dissolve(&mut self) -> HandlerBlock<H> {
        let block = self.connected.block();
        let mut number = self.number.take();
        let withdraw = |_: &mut H| {
            if let Some(number) = number.take() {
                // SAFETY: IRQL is PASSIVE_LEVEL.
                unsafe { number.withdraw() };
            }
        };
        // SAFETY: IRQL is PASSIVE_LEVEL and the event is not held.
        let outcome = unsafe { self.run(withdraw, const { NoDestructor::assert() }) };
        if outcome.calls == 0 {
            let interrupt = self.connected.link().interrupt().addr();
            bugcheck::stop(Reason::NotWaitedOut, interrupt, block.addr().get());
        }
        // SAFETY: IRQL is PASSIVE_LEVEL and the link is not used again.
        unsafe { self.connected.link().disconnect() };
        // SAFETY: The block is live, IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { Block::wait_until_left(block) };
        // SAFETY: Nothing is connected, no routine is inside, and a late one finds no block. No closure runs,
        // for a closure borrows the handle.
        unsafe { HandlerBlock::from_raw(block) }
    }

    /// Disconnects the interrupt and hands the state back.
    ///
    /// When this returns, no service routine is inside, and one that NT starts late finds no handler. The calling
    /// thread has held the event once before it disconnects. Called from the service routine itself it would wait for ever.
    ///
    /// Stops the machine with [`BUGCHECK_CODE`](crate::BUGCHECK_CODE) where NT does not let it hold the
    /// event, for then nothing tells that the routine has ended.
    ///
    /// Wraps `KeSynchronizeExecution` and `IoDisconnectInterruptEx`.
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
        if platform::current_irql() != PASSIVE_LEVEL {
            return Err(DisconnectError { interrupt: self });
        }
        let mut this = core::mem::ManuallyDrop::new(self);
        // SAFETY: IRQL is PASSIVE_LEVEL and the token proves that no interrupt lock is held. The handle
        // is not used again.
        Ok(unsafe { this.dissolve() })
    }

    /// What kind of connection this is.
    #[must_use]
    pub const fn info(&self) -> ConnectionInfo {
        self.connected.info()
    }
}

/// Whether `interrupt` may be connected now, at `PASSIVE_LEVEL`.
fn admit(interrupt: &TranslatedInterrupt) -> Result<(), ConnectFailure> {
    if platform::current_irql() != PASSIVE_LEVEL {
        return Err(ConnectFailure::AbovePassive);
    }
    request::admit_passive_level(interrupt)
}

/// The kind of connection that reaches the processor group of `interrupt`.
const fn specified(device: PhysicalDevice<'_>, interrupt: TranslatedInterrupt) -> Connection<'_> {
    if interrupt.group() == 0 {
        Connection::FullySpecified { device, interrupt }
    } else {
        Connection::FullySpecifiedGroup { device, interrupt }
    }
}

impl<H: InterruptHandler> Drop for PassiveInterrupt<H> {
    fn drop(&mut self) {
        if platform::current_irql() != PASSIVE_LEVEL {
            let interrupt = self.connected.link().interrupt().addr();
            bugcheck::stop(
                Reason::DroppedAbovePassive,
                interrupt,
                self.connected.block_address(),
            );
        }
        // SAFETY: IRQL is PASSIVE_LEVEL. No closure of this interrupt holds the event, for it borrows the
        // handle while it runs; in the interrupt's own service routine this waits for ever, and so frees
        // nothing that is in use. The handle is not used again.
        drop(unsafe { self.dissolve() });
    }
}

impl<H: InterruptHandler> core::fmt::Debug for PassiveInterrupt<H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PassiveInterrupt")
            .field("info", &self.info())
            .finish_non_exhaustive()
    }
}
