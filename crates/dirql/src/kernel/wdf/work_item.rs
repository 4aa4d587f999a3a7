//! What the work item of a framework interrupt is given.

use core::{fmt, marker::PhantomData, ptr::NonNull};

use super::{
    FrameworkHandler,
    context::{Context, ENABLED},
    interrupt::run,
};
use crate::{
    Irql, NotRun, Passive,
    kernel::platform::{self, PASSIVE_LEVEL, framework::Handle},
    thunk::NoDestructor,
};

/// What follows the service routine of a handler at `PASSIVE_LEVEL`: see [`FrameworkHandler::WORK_ITEM`].
///
/// It may run in two threads at a time, so it is a function, and what it changes is behind
/// [`synchronize`](WorkItemContext::synchronize), or protects itself.
pub type WorkItemRoutine<H> = fn(cx: &WorkItemContext<'_, H>, irql: &mut Irql<'_, Passive>);

/// What a work item is told about its interrupt, which stays connected while it runs.
///
/// The framework waits for it on the device's way out of D0, and what takes the handler out waits, too. So it calls neither
/// [`remove`](super::FrameworkInterrupt::remove) nor [`disable`](super::FrameworkInterrupt::disable) for its own interrupt, which would wait
/// for the work item itself.
pub struct WorkItemContext<'work, H: FrameworkHandler> {
    interrupt: Handle,
    context: NonNull<Context<H>>,
    _activation: PhantomData<&'work ()>,
}

impl<H: FrameworkHandler> WorkItemContext<'_, H> {
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

    /// Runs `body` on the state while the interrupt lock is held, both locks of one that is handled at `PASSIVE_LEVEL`. It passes no gate:
    /// the framework waits for a work item before it disconnects.
    ///
    /// Wraps `WdfInterruptSynchronize` (nf-wdfinterrupt-wdfinterruptsynchronize).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    ///
    /// # Errors
    ///
    /// [`NotRun::AbovePassive`]; [`NotRun::NotCalled`] where NT returned without having run `body`.
    #[inline]
    pub fn synchronize<F, R>(&self, irql: &mut Irql<'_, Passive>, body: F) -> Result<R, NotRun>
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
    ) -> Result<R, NotRun>
    where
        F: FnOnce(&mut H) -> R,
    {
        let _ = irql;
        if platform::current_irql() != PASSIVE_LEVEL {
            return Err(NotRun::AbovePassive);
        }
        // SAFETY: The interrupt is connected and has a handler, by what `new` was promised. IRQL is PASSIVE_LEVEL. The token
        // proves that this activation holds no interrupt lock; it stays borrowed, so `body` cannot come here again.
        unsafe { run(self.interrupt, self.context, body, plain) }.result
    }

    /// Queues the work item again, for what it leaves to another run; says whether a run follows that would not have followed
    /// without. Behind `EvtInterruptDisable` none does.
    ///
    /// It takes the interrupt lock, so that the work item is queued before the framework waits for it or not at all.
    ///
    /// Wraps `WdfInterruptQueueWorkItemForIsr` (nf-wdfinterrupt-wdfinterruptqueueworkitemforisr).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, which is checked in release builds too.
    pub fn queue_again(&self, irql: &mut Irql<'_, Passive>) -> bool {
        // SAFETY: The context is live while the work item runs.
        let shared = unsafe { Context::shared(self.context) };
        let interrupt = self.interrupt;
        let queued = self.synchronize(irql, move |_| {
            // SAFETY: The interrupt is live and has a work item. The lock is held, so where the interrupt is enabled,
            // EvtInterruptDisable comes later, and the framework waits for its DPC and its work item behind it.
            shared.stage() == ENABLED && unsafe { platform::wdf_queue_work_item(interrupt) }
        });
        queued.unwrap_or(false)
    }
}

impl<H: FrameworkHandler> fmt::Debug for WorkItemContext<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkItemContext").finish_non_exhaustive()
    }
}
