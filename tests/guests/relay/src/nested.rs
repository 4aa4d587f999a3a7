//! Callbacks that run on the stack of a call of the driver's: what a forward presents, and what a purge cancels.

use guest::{request, status};
use wdk_sys::{
    ULONG, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding, ntddk::KeGetCurrentIrql,
};

use crate::{
    device::{self, Context},
    orders::Outcome,
};

fn level() -> u32 {
    // SAFETY: It may be called at any IRQL (nf-wdm-kegetcurrentirql).
    u32::from(unsafe { KeGetCurrentIrql() })
}

/// Ends a request that was forwarded.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_device_control").
pub(crate) unsafe extern "C" fn served(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    _: ULONG,
) {
    // SAFETY: The queue is the one that presents the request.
    let context = unsafe { device::of_queue(queue) };
    let at = level();
    context.gate.with(|()| ());
    context.report.with(|report| report.forwarded_at = at);
    // SAFETY: The framework has presented the request, which is not used below.
    unsafe { request::complete(request, status::SUCCESS, 0) };
}

/// Marks a request cancelable, and keeps it.
///
/// # Safety
///
/// As [`served`].
pub(crate) unsafe extern "C" fn marked(
    _: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    _: ULONG,
) {
    // SAFETY: The driver owns the request and has not marked it (nf-wdfrequest-wdfrequestmarkcancelable). Where it is
    // cancelled already, the callback has run when the call returns.
    unsafe {
        call_unsafe_wdf_function_binding!(WdfRequestMarkCancelable, request, Some(cancelled));
    };
}

/// Ends a request that is cancelled.
///
/// # Safety
///
/// The framework calls it for a request that is marked cancelable, and which the driver completes here
/// ("nc-wdfrequest-evt_wdf_request_cancel").
unsafe extern "C" fn cancelled(request: WDFREQUEST) {
    // SAFETY: The driver owns the request (nf-wdfrequest-wdfrequestgetioqueue).
    let queue = unsafe { call_unsafe_wdf_function_binding!(WdfRequestGetIoQueue, request) };
    // SAFETY: The queue presented the request, which is not completed yet.
    let context = unsafe { device::of_queue(queue) };
    let at = level();
    context.gate.with(|()| ());
    context.report.with(|report| report.cancelled_at = at);
    // SAFETY: Nothing else has the request.
    unsafe { request::complete(request, status::CANCELLED, 0) };
}

/// Purges the queue of what is marked, in the way that `how` calls what it is given, and starts it again.
pub(crate) fn purge(context: &Context, how: impl FnOnce(&dyn Fn())) -> Outcome {
    let queue = context.queues.marked;
    how(&|| {
        // SAFETY: The queue lives as long as the device, and no callback is asked for (nf-wdfio-wdfioqueuepurge).
        unsafe {
            call_unsafe_wdf_function_binding!(WdfIoQueuePurge, queue, None, core::ptr::null_mut());
        };
    });
    // SAFETY: As above (nf-wdfio-wdfioqueuestart).
    unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueStart, queue) };
    Outcome::OK
}
