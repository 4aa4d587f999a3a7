//! A DPC of the framework, by its handle.

use core::ptr::null_mut;

use dirql::{Irql, Passive, call_unsafe_wdf_function_binding};
use wdk_sys::{NTSTATUS, WDF_DPC_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDEVICE, WDFDPC};

use crate::{
    context::{self, size},
    status::check,
};

/// What a DPC runs: an `EvtDpcFunc`.
type Routine = unsafe extern "C" fn(WDFDPC);

/// A device's DPC.
///
/// # Invariants
///
/// The handle is that of a live DPC.
#[derive(Clone, Copy)]
pub(crate) struct Dpc(WDFDPC);

// SAFETY: A framework handle belongs to no thread or processor; the framework serialises what its
// functions do with it.
unsafe impl Send for Dpc {}

impl Dpc {
    /// Makes the DPC of a device, which runs `routine`. Without automatic serialization: the framework
    /// refuses it for a device whose callbacks run at `PASSIVE_LEVEL`.
    ///
    /// # Safety
    ///
    /// `device` is live, and is what `routine` takes for the parent of its DPC.
    pub(crate) unsafe fn create(device: WDFDEVICE, routine: Routine) -> Result<Self, NTSTATUS> {
        let mut config = WDF_DPC_CONFIG {
            Size: size::<WDF_DPC_CONFIG>(),
            EvtDpcFunc: Some(routine),
            ..WDF_DPC_CONFIG::default()
        };
        let mut attributes = WDF_OBJECT_ATTRIBUTES {
            ParentObject: device.cast(),
            ..context::attributes()
        };
        let mut dpc: WDFDPC = null_mut();
        // SAFETY: The structures are complete and live through the call, and the parent is a live device
        // (nf-wdfdpc-wdfdpccreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfDpcCreate,
                &raw mut config,
                &raw mut attributes,
                &raw mut dpc
            )
        })?;
        Ok(Self(dpc))
    }

    /// Takes a handle for what [`as_ptr`](Self::as_ptr) gave.
    ///
    /// # Safety
    ///
    /// As the type's invariant says, for as long as the value and its copies are used.
    pub(crate) const unsafe fn new(dpc: WDFDPC) -> Self {
        Self(dpc)
    }

    pub(crate) const fn as_ptr(self) -> WDFDPC {
        self.0
    }

    /// Queues the DPC, unless it is queued already. At any IRQL.
    pub(crate) fn enqueue(self) {
        // SAFETY: The DPC is live (nf-wdfdpc-wdfdpcenqueue). FALSE says that it was queued already.
        let _ = unsafe { call_unsafe_wdf_function_binding!(WdfDpcEnqueue, self.0) };
    }

    /// Takes the DPC out of its queue and waits until it runs nowhere. Nothing queues it any more: what
    /// queues it does so while it uses the live interrupt, which the caller has revoked.
    pub(crate) fn cancel_and_wait(self, _irql: &mut Irql<'_, Passive>) {
        loop {
            // SAFETY: The DPC is live and the token proves PASSIVE_LEVEL (nf-wdfdpc-wdfdpccancel).
            let dequeued = unsafe { call_unsafe_wdf_function_binding!(WdfDpcCancel, self.0, 1) };
            // A DPC may be queued while it runs. The framework waits for the run only where there was
            // nothing to take out of the queue.
            if dequeued == 0 {
                return;
            }
        }
    }
}
