//! A manual queue, power-managed: it says when it is not empty any more, and what is taken from it can be put back.

use core::ptr;

use guest::{
    request,
    status::{self, check},
};
use wdk_sys::{NTSTATUS, WDFCONTEXT, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    device::{self, Context},
    orders::Outcome,
};

/// Asks to be told when the queue is not empty any more.
///
/// # Safety
///
/// `queue` is a live manual queue of a device whose context is written.
pub(crate) unsafe fn be_told(queue: WDFQUEUE) -> NTSTATUS {
    // SAFETY: The queue is manual and has no such callback yet (nf-wdfio-wdfioqueuereadynotify).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueReadyNotify,
            queue,
            Some(ready),
            ptr::null_mut()
        )
    }
}

/// The queue is not empty any more.
///
/// # Safety
///
/// The framework calls it with a queue of this driver's ("nc-wdfio-evt_wdf_io_queue_state").
unsafe extern "C" fn ready(queue: WDFQUEUE, _: WDFCONTEXT) {
    // SAFETY: The queue is the framework's own.
    let context = unsafe { device::of_queue(queue) };
    context.report.with(|report| report.ready += 1);
}

fn next(context: &Context) -> Result<WDFREQUEST, NTSTATUS> {
    let mut request = ptr::null_mut();
    // SAFETY: The queue is manual and lives as long as the device; the result lives through the call
    // (nf-wdfio-wdfioqueueretrievenextrequest).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueRetrieveNextRequest,
            context.queues.shelf,
            &raw mut request
        )
    })?;
    Ok(request)
}

/// Takes the next request, and puts it back.
pub(crate) fn put_back(context: &Context) -> Outcome {
    // SAFETY: The driver owns what it has just retrieved, from a manual queue (nf-wdfrequest-wdfrequestrequeue).
    let outcome = next(context)
        .map(|request| unsafe { call_unsafe_wdf_function_binding!(WdfRequestRequeue, request) });
    Outcome::Done(outcome.unwrap_or_else(|status| status))
}

/// Takes the next request, and completes it.
pub(crate) fn take(context: &Context) -> Outcome {
    let outcome = next(context).map(|request| {
        // SAFETY: The driver owns what it has just retrieved.
        unsafe { request::complete(request, status::SUCCESS, 0) };
    });
    Outcome::Done(status::of(outcome))
}

/// Lets nothing into the queue any more, and keeps what is there.
pub(crate) fn drain(context: &Context) -> Outcome {
    let queue = context.queues.shelf;
    // SAFETY: The queue lives as long as the device, and no callback is asked for (nf-wdfio-wdfioqueuedrain).
    unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueDrain, queue, None, ptr::null_mut()) };
    Outcome::OK
}
