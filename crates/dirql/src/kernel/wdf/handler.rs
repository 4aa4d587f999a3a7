//! The state behind a framework interrupt, with its service routine, and what the routine is told.

use core::{ffi::c_void, fmt, marker::PhantomData};

use super::{DpcRoutine, InterruptKind, WorkItemRoutine};
use crate::{
    Serviced,
    kernel::platform::{self, framework::Handle},
};

/// State behind the lock of a framework interrupt, with the routines that run on it.
///
/// A value of this type lives in the context of the WDFINTERRUPT. Only its own methods and closures of
/// [`synchronize`](super::FrameworkInterrupt::synchronize) reach it, one at a time.
///
/// It is `Send`, because the routines run on any processor, and `'static`, because the framework keeps it until it is
/// removed or the interrupt is deleted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handler of a framework interrupt",
    label = "it has no service routine",
    note = "implement `dirql::wdf::FrameworkHandler` for the state that the service routine shares with the driver"
)]
pub trait FrameworkHandler: Send + Sized + 'static {
    /// The description of the context, which is a `static` of the driver's.
    const KIND: &'static InterruptKind<Self>;

    /// Whether the handler owns nothing with a destructor: see [`InterruptHandler::PLAIN`](crate::InterruptHandler::PLAIN).
    const PLAIN: bool = true;

    /// What runs at `DISPATCH_LEVEL` after a service routine that has called [`queue_dpc`](ServiceContext::queue_dpc).
    ///
    /// It runs as `EvtInterruptDpc`: from `EvtInterruptEnable` on, and not after the framework has waited for it, which it does
    /// behind `EvtInterruptDisable` and before it disconnects.
    const DPC: Option<DpcRoutine<Self>> = None;

    /// What runs at `PASSIVE_LEVEL` after a service routine that has called [`queue_work_item`](ServiceContext::queue_work_item).
    /// The framework has a handler with both this and a [`DPC`](Self::DPC) refused: one does not compile where it is created.
    ///
    /// It runs as `EvtInterruptWorkItem`, in a thread of the system's: from `EvtInterruptEnable` on, and not after the framework has
    /// waited for it, which it does behind `EvtInterruptDisable` and before it disconnects.
    const WORK_ITEM: Option<WorkItemRoutine<Self>> = None;

    /// Serves one interrupt, as [`InterruptHandler::service`](crate::InterruptHandler::service) does.
    ///
    /// It is called as `EvtInterruptIsr`, with the interrupt lock held, from `EvtInterruptEnable` to `EvtInterruptDisable` only.
    ///
    /// # IRQL
    ///
    /// The level of the interrupt's lock. Nothing may wait, allocate, free or touch pageable memory.
    fn service(&mut self, cx: &ServiceContext<'_, Self>) -> Serviced;

    /// Serves the line while the interrupt is connected and not enabled, with the interrupt lock held: the framework connects it before
    /// `EvtInterruptEnable` and disconnects it behind `EvtInterruptDisable`.
    ///
    /// A device that [`disable`](Self::disable) masks, and that is masked until [`enable`](Self::enable), has not interrupted then: so
    /// the answer, unless a handler says otherwise, is [`NotMine`](Serviced::NotMine). One that cannot be masked may assert its line at any of
    /// these moments, and where nothing makes the line fall, NT calls again at once, for ever. Its handler acknowledges
    /// what the device has raised, claims the interrupt, and hands nothing on: the framework has waited for the DPC.
    ///
    /// On an edge-triggered line this is where an early edge comes: the framework passes it on before `EvtInterruptEnable`, and even
    /// before the connect has returned, because it does not come again. What it tells of is not lost where
    /// [`enable`](Self::enable) looks at the device, too. Behind [`disable`](Self::disable) the framework discards edges by itself, so that
    /// the next `enable` has to look as well: a line that is asserted then does not rise.
    ///
    /// An interrupt that is reported inactive where the device sleeps may be called once more, because NT has dispatched the
    /// routine before. Whether the registers answer is the handler's to know.
    ///
    /// # IRQL
    ///
    /// As for [`service`](Self::service).
    fn service_disabled(&mut self) -> Serviced {
        Serviced::NotMine
    }

    /// Lets the device interrupt: `EvtInterruptEnable`, with the interrupt lock held.
    ///
    /// # IRQL
    ///
    /// As for [`service`](Self::service).
    ///
    /// # Errors
    ///
    /// An NTSTATUS, with which the device's way into D0 fails.
    fn enable(&mut self) -> Result<(), i32> {
        Ok(())
    }

    /// Keeps the device from interrupting: `EvtInterruptDisable`, with the interrupt lock held. Afterwards the service routine
    /// is not called.
    ///
    /// # IRQL
    ///
    /// As for [`service`](Self::service).
    ///
    /// # Errors
    ///
    /// An NTSTATUS, with which a change to a low-power state fails.
    fn disable(&mut self) -> Result<(), i32> {
        Ok(())
    }
}

/// What a service routine is told about the interrupt.
///
/// It holds no IRQL token: the lock is held, and synchronizing on it would wait for itself.
pub struct ServiceContext<'isr, H> {
    interrupt: Handle,
    message: u32,
    _handler: PhantomData<fn(H)>,
    /// The routine is of one processor.
    _routine: PhantomData<&'isr *mut ()>,
}

impl<H: FrameworkHandler> ServiceContext<'_, H> {
    pub(super) const fn new(interrupt: Handle, message: u32) -> Self {
        Self {
            interrupt,
            message,
            _handler: PhantomData,
            _routine: PhantomData,
        }
    }

    /// Queues the DPC of the handler; says whether a run follows that would not have followed without.
    ///
    /// A handler without [`DPC`](FrameworkHandler::DPC) does not compile here, when code is generated.
    ///
    /// Wraps `WdfInterruptQueueDpcForIsr` (nf-wdfinterrupt-wdfinterruptqueuedpcforisr).
    ///
    /// # IRQL
    ///
    /// Any.
    #[expect(
        clippy::must_use_candidate,
        reason = "it is called for what it does; whether it was queued already seldom matters"
    )]
    pub fn queue_dpc(&self) -> bool {
        const {
            assert!(
                H::DPC.is_some(),
                "this handler has no DPC: declare `const DPC: Option<DpcRoutine<Self>> = Some(...)`"
            );
        };
        // SAFETY: The interrupt is live and has a DPC. The lock is held and the interrupt is enabled, so EvtInterruptDisable
        // comes later, and the framework waits for the DPC behind it.
        unsafe { platform::wdf_queue_dpc(self.interrupt) }
    }

    /// Queues the work item of the handler; says whether a run follows that would not have followed without.
    ///
    /// Above `DISPATCH_LEVEL` the framework queues it by way of the interrupt's DPC, and the answer is whether that was queued
    /// already.
    ///
    /// A handler without [`WORK_ITEM`](FrameworkHandler::WORK_ITEM) does not compile here, when code is generated.
    ///
    /// Wraps `WdfInterruptQueueWorkItemForIsr` (nf-wdfinterrupt-wdfinterruptqueueworkitemforisr).
    ///
    /// # IRQL
    ///
    /// Any.
    #[expect(
        clippy::must_use_candidate,
        reason = "it is called for what it does; whether it was queued already seldom matters"
    )]
    pub fn queue_work_item(&self) -> bool {
        const {
            assert!(
                H::WORK_ITEM.is_some(),
                "this handler has no work item: declare `const WORK_ITEM: Option<WorkItemRoutine<Self>> = Some(...)`"
            );
        };
        // SAFETY: The interrupt is live and has a work item. The lock is held and the interrupt is enabled, so EvtInterruptDisable
        // comes later, and the framework waits for its DPC and its work item behind it.
        unsafe { platform::wdf_queue_work_item(self.interrupt) }
    }

    /// The number of the interrupt: that of the message, for those that are assigned in their order.
    #[must_use]
    pub const fn message(&self) -> u32 {
        self.message
    }

    /// The WDFINTERRUPT, for logs.
    #[must_use]
    pub const fn interrupt(&self) -> *mut c_void {
        self.interrupt
    }
}

impl<H> fmt::Debug for ServiceContext<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceContext")
            .field("interrupt", &self.interrupt)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
