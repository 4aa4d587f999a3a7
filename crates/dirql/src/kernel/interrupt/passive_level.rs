//! A connected interrupt that is served in a thread, at `PASSIVE_LEVEL`.

use super::{
    ConnectError, ConnectInPlaceError, Connection, ConnectionInfo, DisconnectError, HandlerBlock,
    InterruptHandler, PhysicalDevice, TranslatedInterrupt, connect_parameters,
    event::Event,
    handle::Handle,
    isr_context::{Admissible, ByValue, ServedInAThread},
};
use crate::{
    Irql, Level, NotRun, Outcome, Passive,
    kernel::platform::{self, PASSIVE_LEVEL},
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
/// # Examples
///
/// ```
/// use dirql::{InterruptHandler, Passive, PassiveInterrupt, ServiceContext, Serviced, TranslatedInterrupt, enter, mock};
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
/// // The level of a line that is served in a thread is 0.
/// let device = mock::Device::with_line(0);
/// let interrupt = TranslatedInterrupt::parse(&device.descriptor()).unwrap();
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         // SAFETY: The device is alive, and the interrupt is disconnected below.
///         let interrupt = unsafe {
///             PassiveInterrupt::connect(irql, device.physical_device(), interrupt, Ticks(0))
///         }
///         .unwrap();
///         device.fire();
///         assert_eq!(interrupt.synchronize(irql, |state| state.0), Ok(1));
///         assert_eq!(interrupt.disconnect(irql).unwrap().0, 1);
///     })
/// }
/// ```
///
/// # Invariants
///
/// The handler is used by the service routine and by closures of [`synchronize`](Self::synchronize)
/// only, and each of them holds the event meanwhile.
pub struct PassiveInterrupt<H: InterruptHandler> {
    handle: Handle<H, Event>,
}

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
        let _in_a_thread = const { ServedInAThread::<H>::assert() };
        let _ = irql;
        let admitted = connect_parameters::admit_passive_level(&interrupt);
        let to = specified(device, interrupt);
        // SAFETY: As the caller promises.
        let handle =
            unsafe { Handle::connect(&to, admitted, handler, (), (&admissible, &by_value)) }?;
        Ok(Self { handle })
    }

    /// Connects `handler` to the lines of a device, as NT finds them: a line-based connection.
    ///
    /// NT makes the service routine a thread only where every interrupt of the device is at `PASSIVE_LEVEL`. Where one
    /// is at a device level, it connects all the same and runs the routine there, and nothing says so. So the
    /// translated interrupts of the device are asked for, all of them, and each has to be a line of level zero. As a
    /// second look, a service routine that is called above `PASSIVE_LEVEL` stops the machine with
    /// [`Reason::ServedAbovePassive`](crate::Reason::ServedAbovePassive), before it touches the handler.
    ///
    /// Wraps `IoConnectInterruptEx` (nf-wdm-ioconnectinterruptex, "Using Passive-Level Interrupt Service Routines").
    ///
    /// # Safety
    ///
    /// As for [`connect`](Self::connect). `interrupts` are all interrupts in the device's translated resources.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] with the reason, and with the handler. Nothing stays connected.
    pub unsafe fn connect_lines(
        irql: &mut Irql<'_, Passive>,
        device: PhysicalDevice<'_>,
        interrupts: &[TranslatedInterrupt],
        handler: H,
    ) -> Result<Self, ConnectError<H>> {
        let admissible = const { Admissible::<H>::assert() };
        let by_value = const { ByValue::<H>::assert() };
        let _in_a_thread = const { ServedInAThread::<H>::assert() };
        let _ = irql;
        let admitted = connect_parameters::admit_passive_lines(interrupts);
        let to = Connection::LineBased { device };
        // SAFETY: As the caller promises.
        let handle =
            unsafe { Handle::connect(&to, admitted, handler, (), (&admissible, &by_value)) }?;
        Ok(Self { handle })
    }

    /// Connects the handler in `block` to the lines of a device: what [`connect_lines`](Self::connect_lines) does,
    /// without moving the handler.
    ///
    /// Wraps `IoConnectInterruptEx` (nf-wdm-ioconnectinterruptex).
    ///
    /// # Safety
    ///
    /// As for [`connect_lines`](Self::connect_lines).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`ConnectInPlaceError`] with the reason, and with the block, in which the handler is still. It can be
    /// connected again. Nothing stays connected.
    pub unsafe fn connect_lines_in_place(
        irql: &mut Irql<'_, Passive>,
        device: PhysicalDevice<'_>,
        interrupts: &[TranslatedInterrupt],
        block: HandlerBlock<H>,
    ) -> Result<Self, ConnectInPlaceError<H>> {
        let _in_a_thread = const { ServedInAThread::<H>::assert() };
        let _ = irql;
        let admitted = connect_parameters::admit_passive_lines(interrupts);
        let to = Connection::LineBased { device };
        // SAFETY: As the caller promises.
        let handle = unsafe { Handle::connect_in_place(&to, admitted, block, ()) }?;
        Ok(Self { handle })
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
        let _in_a_thread = const { ServedInAThread::<H>::assert() };
        let _ = irql;
        let admitted = connect_parameters::admit_passive_level(&interrupt);
        let to = specified(device, interrupt);
        // SAFETY: As the caller promises.
        let handle = unsafe { Handle::connect_in_place(&to, admitted, block, ()) }?;
        Ok(Self { handle })
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
        unsafe { self.handle.run(body, plain) }
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
    /// The interrupt stays connected, but its service routine is not called, unless NT has chosen to before. Harmless on
    /// an inactive interrupt. Wraps `IoReportInterruptInactive` (nf-wdm-ioreportinterruptinactive).
    ///
    /// # Safety
    ///
    /// From the call until `set_active` has returned, nothing calls [`synchronize`](Self::synchronize) on this
    /// interrupt, nor disconnects or drops it, which synchronizes first: no page says what `KeSynchronizeExecution`
    /// does with one that is inactive.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub unsafe fn set_inactive<L: Level>(&self, irql: &mut Irql<'_, L>) {
        let _ = irql;
        // SAFETY: The token proves IRQL <= DISPATCH_LEVEL.
        unsafe { self.handle.connected().object().report_inactive() };
    }

    /// What kind of connection this is.
    #[must_use]
    pub const fn info(&self) -> ConnectionInfo {
        self.handle.connected().info()
    }
}

/// The kind of connection that reaches the processor group of `interrupt`.
const fn specified(device: PhysicalDevice<'_>, interrupt: TranslatedInterrupt) -> Connection<'_> {
    if interrupt.group() == 0 {
        Connection::FullySpecified { device, interrupt }
    } else {
        Connection::FullySpecifiedGroup { device, interrupt }
    }
}

impl<H: InterruptHandler> core::fmt::Debug for PassiveInterrupt<H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PassiveInterrupt")
            .field("info", &self.info())
            .finish_non_exhaustive()
    }
}
