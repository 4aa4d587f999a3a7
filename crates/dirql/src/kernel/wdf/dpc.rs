//! What the DPC of a framework interrupt is given.

use core::{fmt, marker::PhantomData, ptr::NonNull};

use super::{
    FrameworkHandler,
    context::{Context, ENABLED},
    interrupt::run,
};
use crate::{
    Dispatch, Irql, Level, NotRun, Outcome,
    kernel::platform::{self, framework::Handle},
    thunk::NoDestructor,
};

/// What follows the service routine of a handler at `DISPATCH_LEVEL`: see [`FrameworkHandler::DPC`].
///
/// It may run on two processors at a time, so it is a function, and what it changes is behind
/// [`synchronize`](DpcContext::synchronize), or protects itself.
pub type DpcRoutine<H> = fn(cx: &DpcContext<'_, H>, irql: &mut Irql<'_, Dispatch>);

/// What a DPC is told about its interrupt, which stays connected while it runs.
pub struct DpcContext<'dpc, H: FrameworkHandler> {
    interrupt: Handle,
    context: NonNull<Context<H>>,
    _activation: PhantomData<&'dpc ()>,
}

impl<H: FrameworkHandler> DpcContext<'_, H> {
    /// # Safety
    ///
    /// The interrupt is connected and has a handler as long as the result is used, and the context is its own.
    pub(super) const unsafe fn new(interrupt: Handle, context: NonNull<Context<H>>) -> Self {
        Self {
            interrupt,
            context,
            _activation: PhantomData,
        }
    }

    /// Runs `body` on the state while the interrupt lock is held. It passes no gate: the framework waits for a DPC before it
    /// disconnects.
    ///
    /// Wraps `WdfInterruptSynchronize` (nf-wdfinterrupt-wdfinterruptsynchronize).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`NotRun::NotCalled`] where NT returned without having run `body`.
    #[inline]
    pub fn synchronize<L: Level, F, R>(&self, irql: &mut Irql<'_, L>, body: F) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H) -> R,
    {
        self.observe(irql, body, const { NoDestructor::assert() })
            .result
    }

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
        // SAFETY: The interrupt is connected and has a handler, by what `new` was promised. The token proves IRQL <=
        // DISPATCH_LEVEL, and that this activation holds no interrupt lock; it stays borrowed, so `body` cannot come here again.
        unsafe { run(self.interrupt, self.context, body, plain) }
    }

    /// Queues the DPC again, for what it leaves to another run; says whether a run follows that would not have followed
    /// without. Behind `EvtInterruptDisable` none does.
    ///
    /// It takes the interrupt lock, so that the DPC is queued before the framework waits for it or not at all.
    ///
    /// Wraps `WdfInterruptQueueDpcForIsr` (nf-wdfinterrupt-wdfinterruptqueuedpcforisr).
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn queue_again<L: Level>(&self, irql: &mut Irql<'_, L>) -> bool {
        // SAFETY: The context is live while the DPC runs.
        let shared = unsafe { Context::shared(self.context) };
        let interrupt = self.interrupt;
        let queued = self.synchronize(irql, move |_| {
            // SAFETY: The interrupt is live and has a DPC. The lock is held, so where the interrupt is enabled,
            // EvtInterruptDisable comes later, and the framework waits for the DPC behind it.
            shared.stage() == ENABLED && unsafe { platform::wdf_queue_dpc(interrupt) }
        });
        queued.unwrap_or(false)
    }
}

impl<H: FrameworkHandler> fmt::Debug for DpcContext<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpcContext").finish_non_exhaustive()
    }
}
