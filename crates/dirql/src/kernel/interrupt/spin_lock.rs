//! The spin lock of an interrupt at a device level: in the context that NT knows, or elsewhere, where several have it.

use core::ptr::NonNull;

use super::{
    ConnectFailure, Connection, InterruptHandler, connected::Connected, dpc_context, handle::Lock,
    isr::Isr, isr_context::IsrContext,
};
use crate::{Outcome, kernel::platform, thunk::NoDestructor};

/// The spin lock in the context. NT holds it around the service routine, at the interrupt's IRQL.
pub(super) struct SpinLock;

impl Lock for SpinLock {
    type Given = ();

    unsafe fn connect<H: InterruptHandler>(
        to: &Connection<'_>,
        context: NonNull<IsrContext<H>>,
        (): (),
    ) -> Result<(Self, Connected<H>), ConnectFailure> {
        // SAFETY: The context is live.
        let isr = unsafe { Isr::at_device_level(context) };
        // SAFETY: As the caller promises; the routines are those of the context, with its lock.
        Ok((Self, unsafe { connect(to, context, &isr) }?))
    }

    #[inline]
    unsafe fn run<H: InterruptHandler, F, R>(
        connected: &Connected<H>,
        body: F,
        plain: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: As the caller promises.
        unsafe { connected.run(body, plain) }
    }

    unsafe fn disconnect<H: InterruptHandler>(&mut self, connected: &Connected<H>) {
        // SAFETY: As the caller promises.
        unsafe { disconnect(connected) };
    }
}

/// A spin lock elsewhere, by which NT keeps out the service routines of several interrupts.
pub(super) struct SharedSpinLock;

/// Where it is, and the level at which it is held.
pub(super) struct Place {
    pub(super) lock: NonNull<usize>,
    pub(super) level: u8,
}

impl Lock for SharedSpinLock {
    type Given = Place;

    unsafe fn connect<H: InterruptHandler>(
        to: &Connection<'_>,
        context: NonNull<IsrContext<H>>,
        given: Place,
    ) -> Result<(Self, Connected<H>), ConnectFailure> {
        // SAFETY: The context is live.
        let own = unsafe { Isr::at_device_level(context) };
        let isr = Isr {
            lock: given.lock.as_ptr(),
            level: given.level,
            ..own
        };
        // SAFETY: As the caller promises; the routines are those of the context.
        Ok((Self, unsafe { connect(to, context, &isr) }?))
    }

    #[inline]
    unsafe fn run<H: InterruptHandler, F, R>(
        connected: &Connected<H>,
        body: F,
        plain: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: As the caller promises.
        unsafe { connected.run(body, plain) }
    }

    unsafe fn disconnect<H: InterruptHandler>(&mut self, connected: &Connected<H>) {
        // SAFETY: As the caller promises.
        unsafe { disconnect(connected) };
    }
}

/// Connects the handler in a context at a device level, by routines that reach it.
///
/// # Safety
///
/// As for [`Lock::connect`]; the routines of `isr` reach the context and no other.
unsafe fn connect<H: InterruptHandler>(
    to: &Connection<'_>,
    context: NonNull<IsrContext<H>>,
    isr: &Isr,
) -> Result<Connected<H>, ConnectFailure> {
    if H::DPC.is_some() {
        // SAFETY: The context is live, and the handler has a DPC.
        let dpc = unsafe { IsrContext::dpc(context) };
        // SAFETY: The context is in non-paged memory. Nothing is connected to it yet, and if something was, the
        // DPC was waited out before it was disconnected.
        unsafe { dpc.prepare(dpc_context::run::<H>, context.as_ptr().cast()) };
    }
    // SAFETY: IRQL is PASSIVE_LEVEL and the device is the caller's promise. The routines reach the context by
    // its address, and on an error it lives until they have left, as below.
    let connected = unsafe { Connected::make(to, context, isr) }.inspect_err(|_| {
        // SAFETY: IRQL is PASSIVE_LEVEL, no lock is held, and nothing is connected any more.
        unsafe { wait_out(context) };
    })?;
    if H::DPC.is_some() {
        // SAFETY: The context is live, and the handler has a DPC.
        let dpc = unsafe { IsrContext::dpc(context) };
        // SAFETY: It was prepared above, and the object is that of the connection. `disconnect` closes it before
        // the context goes.
        unsafe { dpc.open(connected.object().non_null()) };
    }
    Ok(connected)
}

/// Disconnects what [`connect`] has connected, and waits until no service routine is inside.
///
/// # Safety
///
/// As for [`Lock::disconnect`].
unsafe fn disconnect<H: InterruptHandler>(connected: &Connected<H>) {
    if H::DPC.is_some() {
        // SAFETY: The context is live, and the handler has a DPC.
        let dpc = unsafe { IsrContext::dpc(connected.context()) };
        // SAFETY: IRQL is PASSIVE_LEVEL and no lock is held; it was opened by the connect.
        unsafe { dpc.close() };
    }
    // SAFETY: IRQL is PASSIVE_LEVEL and the object is not used again.
    unsafe { connected.object().disconnect() };
    // SAFETY: IRQL is PASSIVE_LEVEL and nothing is connected any more.
    unsafe { wait_out(connected.context()) };
}

/// Waits until no service routine at a device level uses the context.
///
/// No page says that a disconnect, or a connect that fails, waits for routines that have been dispatched already.
/// One at a device level keeps its processor above `DISPATCH_LEVEL` from before the kernel takes the lock until
/// after it has released it. So none is left once this thread has run on every processor.
///
/// # Safety
///
/// The context is live; IRQL is `PASSIVE_LEVEL`; no lock is held; nothing is connected to the context.
unsafe fn wait_out<H: InterruptHandler>(context: NonNull<IsrContext<H>>) {
    // SAFETY: IRQL is PASSIVE_LEVEL.
    unsafe { platform::run_on_every_processor() };
    // SAFETY: The context is live, IRQL is PASSIVE_LEVEL and no lock is held.
    unsafe { IsrContext::wait_until_left(context) };
}
