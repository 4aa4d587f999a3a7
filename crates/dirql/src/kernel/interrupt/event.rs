//! The event of a passive-level interrupt, which NT makes, and the number by which its service routine finds the
//! context.

use core::ptr::NonNull;

use super::{
    ConnectFailure, Connection, InterruptHandler, connected::Connected, handle::Lock, isr::Isr,
    isr_context::IsrContext, passive_contexts::Number,
};
use crate::{
    Outcome,
    kernel::{
        bugcheck::{self, Reason},
        platform,
    },
    thunk::NoDestructor,
};

/// The event that NT holds around the service routine, at `PASSIVE_LEVEL`.
pub(super) struct Event {
    /// By which service routines find the context; none once it has been withdrawn.
    number: Option<Number>,
}

impl Lock for Event {
    type Given = ();

    unsafe fn connect<H: InterruptHandler>(
        to: &Connection<'_>,
        context: NonNull<IsrContext<H>>,
        (): (),
    ) -> Result<(Self, Connected<H>), ConnectFailure> {
        // SAFETY: The context is live.
        let inside = unsafe { IsrContext::inside(context) };
        // SAFETY: IRQL is PASSIVE_LEVEL. The context is given back when the number has been withdrawn and the
        // count was waited for: below, and in `disconnect`.
        let number = unsafe { Number::give(context.cast(), inside) };
        let number = number.ok_or(ConnectFailure::NoMemory)?;
        let isr = Isr::at_passive_level::<H>(&number);
        // SAFETY: IRQL is PASSIVE_LEVEL and the device is the caller's promise. The number leads to the context
        // until it is withdrawn; the context lives until then and until the routines inside have left.
        match unsafe { Connected::make(to, context, &isr) } {
            Ok(connected) => {
                let number = Some(number);
                Ok((Self { number }, connected))
            }
            Err(failure) => {
                // SAFETY: IRQL is PASSIVE_LEVEL.
                unsafe { number.withdraw() };
                // SAFETY: The context is live, IRQL is PASSIVE_LEVEL and no lock is held.
                unsafe { IsrContext::wait_until_left(context) };
                Err(failure)
            }
        }
    }

    /// Inside a critical region, so that the thread is not suspended while it holds the event.
    unsafe fn run<H: InterruptHandler, F, R>(
        connected: &Connected<H>,
        body: F,
        plain: NoDestructor<F>,
    ) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: IRQL is PASSIVE_LEVEL; left below on the same thread.
        unsafe { platform::enter_critical_region() };
        // SAFETY: IRQL, and that the event is not held, is the caller's promise.
        let outcome = unsafe { connected.run(body, plain) };
        // SAFETY: Entered above on this thread, and KeSynchronizeExecution returns at the IRQL of the call.
        unsafe { platform::leave_critical_region() };
        outcome
    }

    /// Waits out the service routine that has begun, and lets no further one in, before it disconnects.
    ///
    /// NT takes the event before it calls the routine, so a thread inside of the routine holds it. That thread
    /// has left once this one has held the event. Under the event the number is withdrawn: a thread that NT
    /// starts, or lets go on, after that finds no handler.
    unsafe fn disconnect<H: InterruptHandler>(&mut self, connected: &Connected<H>) {
        let withdraw = |_: &mut H| {
            if let Some(number) = self.number.take() {
                // SAFETY: IRQL is PASSIVE_LEVEL.
                unsafe { number.withdraw() };
            }
        };
        // SAFETY: IRQL is PASSIVE_LEVEL and the event is not held.
        let outcome = unsafe { Self::run(connected, withdraw, const { NoDestructor::assert() }) };
        if outcome.calls == 0 {
            bugcheck::stop(
                Reason::NotWaitedOut,
                connected.object().interrupt().addr(),
                connected.context().addr().get(),
            );
        }
        // SAFETY: IRQL is PASSIVE_LEVEL and the object is not used again.
        unsafe { connected.object().disconnect() };
        // SAFETY: The context is live, IRQL is PASSIVE_LEVEL and no lock is held.
        unsafe { IsrContext::wait_until_left(connected.context()) };
    }
}
