//! What follows an interrupt at `DISPATCH_LEVEL`: the DPC.
//!
//! The service routine queues it for every interrupt that it claims. Runs coalesce, so a run asks the
//! shared state what is new instead of counting its own calls.

use dirql::{Dispatch, Irql, Level, call_unsafe_wdf_function_binding, enter};
use wdk_sys::WDFDPC;

use crate::{context, device::Device, shared::Shared, trace};

/// `EvtDpcFunc`.
///
/// # Safety
///
/// The framework calls it at `DISPATCH_LEVEL` with a DPC whose parent is a device with a [`Device`] context.
pub(crate) unsafe extern "C" fn run(dpc: WDFDPC) {
    // SAFETY: The DPC is the one that called (nf-wdfdpc-wdfdpcgetparentobject).
    let parent = unsafe { call_unsafe_wdf_function_binding!(WdfDpcGetParentObject, dpc) };
    // SAFETY: The parent is a device with this context, as the caller promises, and lives while its DPC
    // runs.
    let device = unsafe { context::of::<Device>(parent) };
    device.base.counters.count_dpc();
    // SAFETY: A DPC runs at DISPATCH_LEVEL; this is its only token, and it holds no interrupt lock.
    unsafe { enter::<Dispatch, _>(|irql| follow(device, irql)) };
}

/// Does what an interrupt leaves to do: finishes a drain that reached its bound, and completes the
/// requests that have waited for it.
fn follow<L: Level>(device: &Device, irql: &mut Irql<'_, L>) {
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
        Ok(Err(not_run)) => device.base.counters.count_not_run(not_run),
        // No interrupt is live. What makes one live again settles the waits afterwards.
        Err(_) => {}
    }
}
