//! What a DPC of an interrupt is given: the token of its activation, and the way to the state.

use core::{ffi::c_void, marker::PhantomData, ptr::NonNull};

use super::{InterruptHandler, connected, isr_context::IsrContext};
use crate::{
    Dispatch, Irql, Level, NotRun, Outcome, enter,
    kernel::platform::parameters::{Kdpc, Kinterrupt},
    thunk::NoDestructor,
};

/// What follows the service routine of a handler at `DISPATCH_LEVEL`: see [`InterruptHandler::DPC`].
///
/// It may run on two processors at a time: NT takes a DPC out of the queue before it runs it, and the service routine may
/// queue it again meanwhile. So it is a function, and what it changes is behind
/// [`synchronize`](DpcContext::synchronize), or protects itself.
pub type DpcRoutine<H> = fn(cx: &DpcContext<'_, H>, irql: &mut Irql<'_, Dispatch>);

/// What a DPC is told about its interrupt, which stays connected while it runs.
pub struct DpcContext<'dpc, H: InterruptHandler> {
    interrupt: *mut Kinterrupt,
    context: NonNull<IsrContext<H>>,
    _activation: PhantomData<&'dpc ()>,
}

impl<H: InterruptHandler> DpcContext<'_, H> {
    /// Runs `body` on the shared state while the interrupt lock is held: what
    /// [`Interrupt::synchronize`](crate::Interrupt::synchronize) does, without the handle, which another owns.
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
    /// As for [`Interrupt::synchronize`](crate::Interrupt::synchronize).
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
        let interrupt = || self.interrupt;
        // SAFETY: The interrupt is connected while the DPC runs, for a disconnect waits it out first, and the context is
        // its own. The token proves IRQL <= DISPATCH_LEVEL, and that this activation holds no interrupt lock; it stays
        // borrowed, so `body` cannot come here again.
        unsafe { connected::run(interrupt, self.context, body, plain) }
    }

    /// Queues the DPC again, for what it leaves to another run; says whether it was not queued already.
    ///
    /// While the interrupt is being disconnected no other run follows, and this says `false`.
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
    pub fn queue_again(&self) -> bool {
        // SAFETY: The context is live while the DPC runs, which the handler has.
        let dpc = unsafe { IsrContext::dpc(self.context) };
        // SAFETY: This is a run of the DPC.
        unsafe { dpc.queue() }
    }
}

impl<H: InterruptHandler> core::fmt::Debug for DpcContext<'_, H> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DpcContext").finish_non_exhaustive()
    }
}

/// `KDEFERRED_ROUTINE` of a handler with a DPC (nc-wdm-kdeferred_routine).
///
/// # Safety
///
/// NT calls it at `DISPATCH_LEVEL`: `context` is the live `IsrContext<H>` that the DPC was prepared with, whose interrupt
/// is connected.
pub(super) unsafe extern "C" fn run<H: InterruptHandler>(
    _: *mut Kdpc,
    context: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
) {
    let Some(routine) = H::DPC else {
        return;
    };
    // SAFETY: The context was given as an address, which is not null.
    let context = unsafe { NonNull::new_unchecked(context.cast::<IsrContext<H>>()) };
    // SAFETY: The context is live until this run was waited out, and the handler has a DPC.
    let dpc = unsafe { IsrContext::dpc(context) };
    let cx = DpcContext {
        interrupt: dpc.enter(),
        context,
        _activation: PhantomData,
    };
    // SAFETY: A DPC runs at DISPATCH_LEVEL. This is its only token, and it holds no interrupt lock.
    unsafe { enter::<Dispatch, _>(|irql| routine(&cx, irql)) };
    dpc.leave();
}
