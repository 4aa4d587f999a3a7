//! The IOCTLs that wait for a ring: in a queue of the framework's, all of them at a time.

use core::ptr;

use guest::status::{self, check};
use wdk_sys::{NTSTATUS, WDFDEVICE, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    bell::Bell,
    device::{self, Context},
    file,
    request::Request,
};

/// Waits for the next ring.
pub(crate) fn listen(context: &Context, request: Request) {
    let outcome = context.files.with(|()| {
        if file::is_closed(&request) {
            return status::CANCELLED;
        }
        // Under the lock of the files, and not under that of the bell: where the request is cancelled already, `left` is
        // called inside of the call.
        // SAFETY: The driver owns the request, which came from another queue of the device; the queue lives
        // as long as the device (nf-wdfrequest-wdfrequestforwardtoioqueue).
        unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestForwardToIoQueue,
                request.handle(),
                context.listeners
            )
        }
    });
    if check(outcome).is_err() {
        request.complete(Err(outcome));
    }
}

/// Completes all that wait.
///
/// # IRQL
///
/// At most `DISPATCH_LEVEL`.
pub(crate) fn dismiss(context: &Context, outcome: Result<usize, NTSTATUS>) {
    let mut request = ptr::null_mut();
    loop {
        // SAFETY: The queue is manual and lives as long as the device; the result lives through the call
        // (nf-wdfio-wdfioqueueretrievenextrequest).
        let retrieved = unsafe {
            call_unsafe_wdf_function_binding!(
                WdfIoQueueRetrieveNextRequest,
                context.listeners,
                &raw mut request
            )
        };
        if check(retrieved).is_err() {
            return;
        }
        // SAFETY: Retrieved, so that the driver owns it again, and nothing else has it.
        let request = unsafe { Request::new(request) };
        request.complete(outcome);
    }
}

/// Ends one that was cancelled while it waited.
///
/// # Safety
///
/// The framework calls it with a request that the driver has put into the queue, and that it owns from
/// then on ("nc-wdfio-evt_wdf_io_queue_io_canceled_on_queue").
pub(crate) unsafe extern "C" fn left(queue: WDFQUEUE, request: WDFREQUEST) {
    // SAFETY: The queue is the framework's own, and its device's context was written before requests came.
    let context = unsafe { device::of_queue(queue) };
    context.bell.with(Bell::give_up);
    // SAFETY: The framework has given the request back.
    let request = unsafe { Request::new(request) };
    request.complete(Err(status::CANCELLED));
}

/// Ends all, because nothing rings a device that is gone.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_surprise_removal").
pub(crate) unsafe extern "C" fn gone(device: WDFDEVICE) {
    // SAFETY: The device was started, so `add` has written its context.
    let context = unsafe { device::context(device.cast()) };
    dismiss(context, Err(status::DEVICE_REMOVED));
}
