//! The DPC: what follows an interrupt at `DISPATCH_LEVEL`.
//!
//! The service routine queues it for every interrupt that it claims. Runs coalesce, so a run asks the
//! shared state what is new instead of counting its own calls.

use core::ptr::null_mut;

use dirql::{Dispatch, Irql, Level, Passive, enter};
use wdk_sys::{
    NTSTATUS, WDF_DPC_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDEVICE, WDFDPC,
    call_unsafe_wdf_function_binding,
};

use crate::{
    context::{self, size},
    device::Device,
    shared::Shared,
    status::check,
    trace,
};

/// A device's DPC.
///
/// # Invariants
///
/// The handle is that of a live DPC whose parent is a device with a [`Device`] context.
#[derive(Clone, Copy)]
pub(crate) struct Dpc(WDFDPC);

// SAFETY: A framework handle belongs to no thread or processor; the framework serialises what its
// functions do with it.
unsafe impl Send for Dpc {}

impl Dpc {
    /// Makes the DPC of a device. Without automatic serialization: the framework refuses it for a
    /// device whose callbacks run at `PASSIVE_LEVEL`.
    ///
    /// # Safety
    ///
    /// `device` is live and has a [`Device`] context.
    pub(crate) unsafe fn create(device: WDFDEVICE) -> Result<Self, NTSTATUS> {
        let mut config = WDF_DPC_CONFIG {
            Size: size::<WDF_DPC_CONFIG>(),
            EvtDpcFunc: Some(run),
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

    /// Takes the DPC out of its queue and waits until it runs nowhere. Nobody queues it any more: what
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

/// `EvtDpcFunc`.
///
/// # Safety
///
/// The framework calls it at `DISPATCH_LEVEL` with a DPC of this driver.
unsafe extern "C" fn run(dpc: WDFDPC) {
    // SAFETY: The DPC is the one that called (nf-wdfdpc-wdfdpcgetparentobject).
    let parent = unsafe { call_unsafe_wdf_function_binding!(WdfDpcGetParentObject, dpc) };
    // SAFETY: The parent of every DPC of this driver is a device with this context, which lives while
    // its DPC runs.
    let device = unsafe { context::of::<Device>(parent) };
    device.counters.count_dpc();
    // SAFETY: A DPC runs at DISPATCH_LEVEL; this is its only token, and it holds no interrupt lock.
    unsafe { enter::<Dispatch, _>(|irql| follow(device, irql)) };
}

/// Does what an interrupt leaves to do: finishes a drain that reached its bound, and completes the
/// requests that have waited for it.
pub(crate) fn follow<L: Level>(device: &Device, irql: &mut Irql<'_, L>) {
    let collected = device.with_interrupt(irql, |interrupt, irql| {
        let collected = interrupt.synchronize(irql, Shared::collect);
        // Here, where a revocation of the interrupt waits for it: afterwards nothing queues the DPC.
        if collected
            .as_ref()
            .is_ok_and(|collected| collected.undrained)
        {
            device.dpc().enqueue();
        }
        collected
    });
    match collected {
        Ok(Ok(collected)) => {
            trace::interrupts(&collected);
            device.waits().complete_past(collected.newest);
        }
        Ok(Err(not_run)) => device.counters.count_not_run(not_run),
        // No interrupt is live. Whoever makes one live again settles the waits afterwards.
        Err(_) => {}
    }
}
