//! A connection together with the context that its service routines reach.

use core::{ffi::c_void, ptr::NonNull};

use super::{
    ConnectFailure, Connection, ConnectionInfo, InterruptHandler,
    interrupt_object::InterruptObject, isr::Isr, isr_context::IsrContext,
};
use crate::{
    Outcome,
    kernel::platform::{self, parameters::Kinterrupt},
    thunk::{self, NoDestructor},
};

/// Runs `body` on the state in `context`, under the lock of `interrupt`.
///
/// # Safety
///
/// - `interrupt` answers an object of a connection that was made with the lock of the context, or with an event of its
///   own. The connection stays until this returns. The context is live.
/// - IRQL is at most that of the lock, and `PASSIVE_LEVEL` where that is an event.
/// - This activation does not hold the lock.
#[inline]
pub(super) unsafe fn run<H: InterruptHandler, F, R>(
    interrupt: impl FnOnce() -> *mut Kinterrupt,
    context: NonNull<IsrContext<H>>,
    body: F,
    plain: NoDestructor<F>,
) -> Outcome<R>
where
    F: FnOnce(&mut H) -> R,
{
    // SAFETY: The context is live.
    let state = unsafe { IsrContext::state(context) };
    let synchronize = |routine, context: *mut c_void| {
        // Read last, so that it needs no register of its own while the closure is stored.
        let interrupt = interrupt();
        // SAFETY: The object is connected. IRQL, and that the lock is not held by this activation, is the caller's
        // promise (nf-wdm-kesynchronizeexecution).
        unsafe { platform::synchronize_execution(interrupt, routine, context) }
    };
    // SAFETY:
    // - KeSynchronizeExecution calls the routine with the context that it is given, on this thread, before it returns
    //   (nf-wdm-kesynchronizeexecution).
    // - It holds the lock of the interrupt object meanwhile, and what else uses the state holds it too: the service
    //   routines by the connect (ns-wdm-_io_connect_interrupt_parameters), closures by this function.
    // - The state is in memory of the pool, which begins far above the addresses 1 and 2.
    unsafe { thunk::run(state, body, plain, synchronize) }
}

/// A live connection to a live context.
///
/// # Invariants
///
/// The connection was made with routines that reach the context and, at a device level, with the lock in it. The
/// context lives until the interrupt is disconnected and its service routines have been waited out.
pub(super) struct Connected<H> {
    object: InterruptObject,
    context: NonNull<IsrContext<H>>,
    info: ConnectionInfo,
}

impl<H: InterruptHandler> Connected<H> {
    /// Connects a service routine to the context that it reaches.
    ///
    /// # Errors
    ///
    /// The reason. Nothing is connected any more, and a service routine may still be on its way.
    ///
    /// # Safety
    ///
    /// - IRQL is `PASSIVE_LEVEL`, and the caller of the public connect has promised what that asks.
    /// - The routines of `isr` reach `context` and no other, and it is complete. It lives, and the routines may
    ///   be called, until the value is disconnected, or an error is returned, and the routines are waited out.
    pub(super) unsafe fn make(
        to: &Connection<'_>,
        context: NonNull<IsrContext<H>>,
        isr: &Isr,
    ) -> Result<Self, ConnectFailure> {
        // SAFETY: As the caller promises.
        let (object, info) = unsafe { InterruptObject::connect(to, isr) }?;
        Ok(Self {
            object,
            context,
            info,
        })
    }

    /// Runs `body` on the state, under the lock.
    ///
    /// # Safety
    ///
    /// - IRQL is at most that of the lock, and `PASSIVE_LEVEL` where that is an event.
    /// - This activation does not hold the lock.
    #[inline]
    pub(super) unsafe fn run<F, R>(&self, body: F, plain: NoDestructor<F>) -> Outcome<R>
    where
        F: FnOnce(&mut H) -> R,
    {
        // SAFETY: The object is connected, by its invariant, and its lock is that of the context. The rest is the
        // caller's promise.
        unsafe { run(|| self.object.interrupt(), self.context, body, plain) }
    }

    pub(super) const fn context(&self) -> NonNull<IsrContext<H>> {
        self.context
    }

    pub(super) const fn object(&self) -> &InterruptObject {
        &self.object
    }

    pub(super) const fn info(&self) -> ConnectionInfo {
        self.info
    }
}
