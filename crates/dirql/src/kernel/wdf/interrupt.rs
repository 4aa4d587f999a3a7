//! An interrupt of the framework's, for the rest of the driver: its handler, its gate, closures.

use core::{ffi::c_void, fmt, ptr::NonNull};

use super::{
    FrameworkHandler,
    context::{CHANGING, Context, EMPTY, ENABLED, READY},
};
use crate::{
    Irql, Level, NotRun, Outcome, Passive, RevokeError,
    kernel::platform::{self, PASSIVE_LEVEL, framework::Handle},
    thunk::{self, NoDestructor, SynchronizeRoutine},
};

/// A gate was not opened: the interrupt is not connected and enabled, it is open already, or IRQL is above `PASSIVE_LEVEL`.
///
/// An interrupt that the system has assigned nothing to is not connected, nor is one behind
/// [`disable`](FrameworkInterrupt::disable).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotConnected;

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the interrupt is not connected and enabled")
    }
}

impl core::error::Error for NotConnected {}

/// A closure for NT on the framework's way to it.
struct Call {
    routine: SynchronizeRoutine,
    context: *mut c_void,
}

/// `EvtInterruptSynchronize`.
///
/// # Safety
///
/// `context` is a live [`Call`], whose routine may be called.
unsafe extern "C" fn pass_on(_: Handle, context: *mut c_void) -> u8 {
    // SAFETY: As the caller promises.
    let call = unsafe { context.cast::<Call>().read() };
    // SAFETY: As above.
    unsafe { (call.routine)(call.context) }
}

/// Runs `body` on the handler in `context`, under the lock of `interrupt`.
///
/// # Safety
///
/// - The interrupt is connected and has a handler until this returns, and the context is its own.
/// - IRQL <= `DISPATCH_LEVEL`, and this activation does not hold the lock.
pub(super) unsafe fn run<H, F, R>(
    interrupt: Handle,
    context: NonNull<Context<H>>,
    body: F,
    plain: NoDestructor<F>,
) -> Outcome<R>
where
    F: FnOnce(&mut H) -> R,
{
    // SAFETY: The context is live.
    let state = unsafe { Context::state(context) };
    let synchronize = |routine, context: *mut c_void| {
        let mut call = Call { routine, context };
        // SAFETY: The interrupt is connected; the call lives until this returns. The rest is the caller's promise.
        unsafe { platform::wdf_synchronize(interrupt, pass_on, (&raw mut call).cast()) }
    };
    // SAFETY:
    // - WdfInterruptSynchronize calls its routine with the context that it is given, on this thread, before it returns
    //   (nf-wdfinterrupt-wdfinterruptsynchronize).
    // - The interrupt's lock is held meanwhile, and what else uses the state holds it too: the framework calls
    //   EvtInterruptIsr, EvtInterruptEnable and EvtInterruptDisable with it held (`_InterruptThunk`, `InterruptEnable`).
    // - The state is in the context of a framework object, which begins far above the addresses 1 and 2.
    unsafe { thunk::run(state, body, plain, synchronize) }
}

/// An interrupt of KMDF's with a handler of type `H`, or without one yet.
///
/// It is a handle and can be copied; what it leads to lives in the framework. See [the module](super) for what is called when.
///
/// # Examples
///
/// ```
/// use dirql::{
///     Passive, Serviced, enter,
///     mock::FrameworkDevice,
///     wdf::{Config, FrameworkHandler, InterruptKind, ServiceContext},
/// };
///
/// struct Ticks(u32);
///
/// static KIND: InterruptKind<Ticks> = InterruptKind::new(c"Ticks", &raw const KIND);
///
/// impl FrameworkHandler for Ticks {
///     const KIND: &'static InterruptKind<Self> = &KIND;
///
///     fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
///         self.0 += 1;
///         Serviced::Claimed
///     }
/// }
///
/// let device = FrameworkDevice::new(9);
/// // SAFETY: A thread at PASSIVE_LEVEL, that holds no interrupt lock.
/// unsafe {
///     enter::<Passive, _>(|irql| {
///         // In EvtDriverDeviceAdd. SAFETY: The device is alive, and nothing uses the interrupt when it is deleted.
///         let interrupt = unsafe { KIND.create(irql, device.handle(), &Config::new()) }.unwrap();
///         // In EvtDevicePrepareHardware.
///         interrupt.install(irql, Ticks(0)).ok().unwrap();
///         device.connect().unwrap();
///         // The last act of EvtDeviceD0EntryPostInterruptsEnabled. SAFETY: It is closed below.
///         unsafe { interrupt.open(irql) }.unwrap();
///         device.fire(0);
///         assert_eq!(interrupt.synchronize(irql, |state| state.0), Ok(1));
///         // In EvtDeviceD0ExitPreInterruptsDisabled.
///         interrupt.close(irql).unwrap();
///         device.disconnect();
///         // In EvtDeviceReleaseHardware.
///         assert_eq!(interrupt.remove(irql).unwrap().map(|state| state.0), Some(1));
///     })
/// }
/// device.delete();
/// ```
pub struct FrameworkInterrupt<H: FrameworkHandler> {
    interrupt: Handle,
    context: NonNull<Context<H>>,
}

impl<H: FrameworkHandler> Clone for FrameworkInterrupt<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: FrameworkHandler> Copy for FrameworkInterrupt<H> {}

// SAFETY: A framework handle belongs to no thread. What it leads to is shared as the invariants of the context have it, and
// moves a handler between threads, which is `Send`.
unsafe impl<H: FrameworkHandler> Send for FrameworkInterrupt<H> {}
// SAFETY: As above; a shared reference gives `&mut H` to one holder of the lock at a time, for which `H` is `Send`.
unsafe impl<H: FrameworkHandler> Sync for FrameworkInterrupt<H> {}

impl<H: FrameworkHandler> FrameworkInterrupt<H> {
    /// # Safety
    ///
    /// The interrupt was made with this context, and both are live as long as the result or a copy is used.
    pub(super) const unsafe fn new(interrupt: Handle, context: NonNull<Context<H>>) -> Self {
        Self { interrupt, context }
    }

    /// The `WDFINTERRUPT`.
    #[must_use]
    pub const fn handle(&self) -> *mut c_void {
        self.interrupt
    }

    /// Puts the handler in, where there is none: before `EvtDeviceD0Entry` returns, since `EvtInterruptEnable` fails without one.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The handler comes back where there is one already.
    pub fn install(&self, irql: &mut Irql<'_, Passive>, handler: H) -> Result<(), H> {
        let _ = irql;
        // SAFETY: The context is live.
        let shared = unsafe { Context::shared(self.context) };
        if !shared.advance(EMPTY, CHANGING) {
            return Err(handler);
        }
        // SAFETY: The context is live.
        let state = unsafe { Context::state(self.context) };
        // SAFETY: The stage was changed to CHANGING by this call, from one without a handler, so nothing uses the place.
        unsafe { state.write(handler) };
        shared.advance(CHANGING, READY);
        Ok(())
    }

    /// Takes the handler out, after the last closure and the last callback on it. The gate is closed then, and whatever arrives
    /// is not served. Its own work item would wait for itself.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the handler stays.
    pub fn remove(&self, irql: &mut Irql<'_, Passive>) -> Result<Option<H>, RevokeError> {
        // SAFETY: The context is live.
        let shared = unsafe { Context::shared(self.context) };
        if !shared.withdraw(irql)? {
            return Ok(None);
        }
        // SAFETY: The context is live.
        let state = unsafe { Context::state(self.context) };
        // SAFETY: There was a handler, nothing else uses it, and it is not used as one again.
        let handler = unsafe { state.read() };
        shared.advance(CHANGING, EMPTY);
        Ok(Some(handler))
    }

    /// Opens the gate: from now on closures run.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotConnected`] where there is nothing to synchronize with, and the gate stays closed.
    ///
    /// # Safety
    ///
    /// This is `EvtDeviceD0EntryPostInterruptsEnabled` of the interrupt's device. The gate is [closed](Self::close) in
    /// `EvtDeviceD0ExitPreInterruptsDisabled`, which the framework calls on each way out of D0 but the one behind a failure of the
    /// former. So all that can fail there is done before, or the gate is closed again before it fails.
    pub unsafe fn open(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotConnected> {
        // SAFETY: The context is live.
        let shared = unsafe { Context::shared(self.context) };
        // Until the gate is open, so that who takes the handler out waits, and closes it.
        let _inside = shared.enter();
        // SAFETY: The interrupt is live.
        let connected = unsafe { platform::wdf_has_object(self.interrupt) };
        if !connected || shared.stage() != ENABLED {
            return Err(NotConnected);
        }
        shared.gate.publish(irql, ()).map_err(|()| NotConnected)
    }

    /// Closes the gate, and waits until no closure is inside. Says whether it was open.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; the gate stays open.
    pub fn close(&self, irql: &mut Irql<'_, Passive>) -> Result<bool, RevokeError> {
        // SAFETY: The context is live.
        let shared = unsafe { Context::shared(self.context) };
        shared.close(irql)
    }

    /// Runs `body` on the shared state while the interrupt lock is held.
    ///
    /// Wraps `WdfInterruptSynchronize` (nf-wdfinterrupt-wdfinterruptsynchronize).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`NotRun::NoInterrupt`] while the gate is closed; [`NotRun::NotCalled`] where NT returned without having run `body`.
    ///
    /// # Panics
    ///
    /// A panic of `body` does not unwind out of this method.
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
        // SAFETY: The context is live.
        let shared = unsafe { Context::shared(self.context) };
        let ran = shared.gate.access(irql, |(), _| {
            // SAFETY: The gate is open, so the interrupt is connected and has a handler, and both stay until the gate has been
            // closed, which waits for this. The token proves IRQL <= DISPATCH_LEVEL, and that this activation holds no
            // interrupt lock; it stays borrowed, so `body` cannot come here again.
            unsafe { run(self.interrupt, self.context, body, plain) }
        });
        ran.unwrap_or(Outcome {
            result: Err(NotRun::NoInterrupt),
            raw: 0,
            calls: 0,
        })
    }

    /// Runs `body` with the address of the handler while the gate is open, and keeps it open.
    pub(super) fn behind_the_gate<R>(
        &self,
        irql: &mut Irql<'_, Passive>,
        body: impl FnOnce(*mut H) -> Result<R, NotRun>,
    ) -> Result<R, NotRun> {
        // SAFETY: The context is live.
        let shared = unsafe { Context::shared(self.context) };
        // SAFETY: As above.
        let state = unsafe { Context::state(self.context) };
        let ran = shared.gate.access(irql, |(), _| body(state));
        ran.unwrap_or(Err(NotRun::NoInterrupt))
    }

    /// Closes the gate and disconnects the interrupt, which stays so, through changes of power too, until
    /// [`enable`](Self::enable).
    ///
    /// Wraps `WdfInterruptDisable` (nf-wdfinterrupt-wdfinterruptdisable).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; nothing has changed.
    ///
    /// # Safety
    ///
    /// The device's power does not change meanwhile, and nothing else disables, enables, opens or closes this interrupt. This is not
    /// its work item, for which the framework waits.
    pub unsafe fn disable(&self, irql: &mut Irql<'_, Passive>) -> Result<(), RevokeError> {
        self.close(irql)?;
        // SAFETY: The interrupt is live, IRQL is PASSIVE_LEVEL, for the gate was closed, and nothing synchronizes but the DPC, for
        // which the framework waits. The rest is the caller's promise.
        unsafe { platform::wdf_disable(self.interrupt) };
        Ok(())
    }

    /// Connects the interrupt again, and opens the gate.
    ///
    /// Wraps `WdfInterruptEnable` (nf-wdfinterrupt-wdfinterruptenable), which tells of no failure.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotConnected`] where that has failed; the gate is closed.
    ///
    /// # Safety
    ///
    /// As for [`disable`](Self::disable); and the device is between `EvtDeviceD0EntryPostInterruptsEnabled` and
    /// `EvtDeviceD0ExitPreInterruptsDisabled`, where the gate is [closed](Self::close).
    pub unsafe fn enable(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotConnected> {
        // SAFETY: The interrupt is live.
        let connected = unsafe { platform::wdf_has_object(self.interrupt) };
        if platform::current_irql() != PASSIVE_LEVEL || connected {
            return Err(NotConnected);
        }
        // SAFETY: The interrupt is live and not connected; IRQL is PASSIVE_LEVEL; the rest is the caller's promise.
        unsafe { platform::wdf_enable(self.interrupt) };
        // SAFETY: The caller promises that the gate is closed in EvtDeviceD0ExitPreInterruptsDisabled.
        unsafe { self.open(irql) }
    }
}

/// The soft state.
impl<H: FrameworkHandler> FrameworkInterrupt<H> {
    /// Closes the gate, and tells NT that the device will not interrupt until [`set_active`](Self::set_active).
    ///
    /// The interrupt stays connected, but its service routine is not called, unless NT has dispatched it before. The device is
    /// quiesced first; what it raises all the same is served when the interrupt is active again. A way into D0 makes it active,
    /// so a driver that wants it inactive reports it again in `EvtDeviceD0EntryPostInterruptsEnabled`. Of no effect on an
    /// interrupt that is inactive.
    ///
    /// Wraps `WdfInterruptReportInactive` (nf-wdfinterrupt-wdfinterruptreportinactive).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`] where IRQL was higher; nothing has changed.
    ///
    /// # Safety
    ///
    /// - As for [`disable`](Self::disable); and the interrupt is connected.
    /// - From the call until `set_active` has returned its DPC synchronizes nothing: no page says what `KeSynchronizeExecution` does
    ///   with an interrupt that is inactive.
    pub unsafe fn set_inactive(&self, irql: &mut Irql<'_, Passive>) -> Result<(), RevokeError> {
        self.close(irql)?;
        // SAFETY: The interrupt is live and connected, and nothing synchronizes with it: the gate is closed, and the DPC is the
        // caller's promise.
        unsafe { platform::wdf_report(self.interrupt, false) };
        Ok(())
    }

    /// Tells NT that the device will interrupt again, and opens the gate.
    ///
    /// Wraps `WdfInterruptReportActive` (nf-wdfinterrupt-wdfinterruptreportactive).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotConnected`] where there is nothing to synchronize with, and the gate is closed.
    ///
    /// # Safety
    ///
    /// As for [`enable`](Self::enable).
    pub unsafe fn set_active(&self, irql: &mut Irql<'_, Passive>) -> Result<(), NotConnected> {
        // SAFETY: The interrupt is live.
        let connected = unsafe { platform::wdf_has_object(self.interrupt) };
        if platform::current_irql() != PASSIVE_LEVEL || !connected {
            return Err(NotConnected);
        }
        // SAFETY: The interrupt is live and connected, and stays so, as the caller promises.
        unsafe { platform::wdf_report(self.interrupt, true) };
        // SAFETY: The caller promises that the gate is closed in EvtDeviceD0ExitPreInterruptsDisabled.
        unsafe { self.open(irql) }
    }
}

impl<H: FrameworkHandler> fmt::Debug for FrameworkInterrupt<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameworkInterrupt")
            .field("interrupt", &self.interrupt)
            .finish_non_exhaustive()
    }
}
