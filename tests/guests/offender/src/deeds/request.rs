//! Requests: never completed, completed twice, used after they were completed, completed with more
//! than there is.

use core::ptr;

use guest::status::{self, SUCCESS};
use wdk_sys::{NTSTATUS, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::call::{Call, Outcome};

pub(crate) fn leak(_: &Call) -> Outcome {
    Outcome::Taken
}

pub(crate) fn complete(call: &Call) -> Outcome {
    // SAFETY: The driver owns the request and does not use it below.
    unsafe { call.complete(SUCCESS, 0) };
    Outcome::Taken
}

pub(crate) fn complete_twice(call: &Call) -> Outcome {
    // SAFETY: The driver owns the request; that it uses it below is what is broken.
    unsafe { call.complete(SUCCESS, 0) };
    let request = call.request;
    // SAFETY: The request was completed above.
    unsafe {
        // breaks: request-completed-twice
        call_unsafe_wdf_function_binding!(WdfRequestCompleteWithInformation, request, SUCCESS, 0);
    };
    Outcome::Taken
}

pub(crate) fn use_late(call: &Call) -> Outcome {
    // SAFETY: The driver owns the request; that it uses it below is what is broken.
    unsafe { call.complete(SUCCESS, 0) };
    let request = call.request;
    // SAFETY: The request was completed above.
    // breaks: request-used-after-completion
    let _ = unsafe { call_unsafe_wdf_function_binding!(WdfRequestIsCanceled, request) };
    Outcome::Taken
}

pub(crate) fn use_in_time(call: &Call) -> Outcome {
    // SAFETY: The driver owns the request (nf-wdfrequest-wdfrequestiscanceled).
    let _ = unsafe { call_unsafe_wdf_function_binding!(WdfRequestIsCanceled, call.request) };
    complete(call)
}

/// More than any client of this driver has room for.
const TOO_MUCH: u64 = 0x1_0000;

pub(crate) fn too_much(call: &Call) -> Outcome {
    let request = call.request;
    // SAFETY: The driver owns the request, but its buffer is not so long.
    unsafe {
        // breaks: request-information
        call_unsafe_wdf_function_binding!(
            WdfRequestCompleteWithInformation,
            request,
            SUCCESS,
            TOO_MUCH
        );
    };
    Outcome::Taken
}

pub(crate) fn nothing(call: &Call) -> Outcome {
    complete(call)
}

/// Ends a request that is cancelled.
///
/// # Safety
///
/// The framework calls it for a request that is marked cancelable
/// ("nc-wdfrequest-evt_wdf_request_cancel").
unsafe extern "C" fn cancelled(request: WDFREQUEST) {
    // SAFETY: What marked the request leaves it to this callback.
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRequestCompleteWithInformation,
            request,
            status::CANCELLED,
            0
        );
    };
}

/// Marks the request cancelable.
fn mark(call: &Call) -> Result<(), NTSTATUS> {
    // SAFETY: The driver owns the request and has not marked it
    // (nf-wdfrequest-wdfrequestmarkcancelableex).
    status::check(unsafe {
        call_unsafe_wdf_function_binding!(WdfRequestMarkCancelableEx, call.request, Some(cancelled))
    })
}

pub(crate) fn complete_cancelable(call: &Call) -> Outcome {
    let request = call.request;
    let marked = mark(call).map(|()| {
        // SAFETY: The request is still marked, so that its cancel callback may complete it, too.
        unsafe {
            // breaks: request-completed-cancelable
            call_unsafe_wdf_function_binding!(
                WdfRequestCompleteWithInformation,
                request,
                SUCCESS,
                0
            );
        };
        Outcome::Taken
    });
    marked.into()
}

pub(crate) fn complete_unmarked(call: &Call) -> Outcome {
    let marked = mark(call).map(|()| {
        // SAFETY: The request was marked above (nf-wdfrequest-wdfrequestunmarkcancelable).
        let unmarked =
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestUnmarkCancelable, call.request) };
        match status::check(unmarked) {
            Ok(()) => Outcome::Done,
            // The cancel callback has it.
            Err(_) => Outcome::Taken,
        }
    });
    marked.into()
}

/// Whether the request is cancelled, asked while it is not marked cancelable.
pub(crate) fn asked_unmarked(call: &Call) -> Outcome {
    // SAFETY: The driver owns the request and has not marked it (nf-wdfrequest-wdfrequestiscanceled).
    let _ = unsafe { call_unsafe_wdf_function_binding!(WdfRequestIsCanceled, call.request) };
    complete_unmarked(call)
}

pub(crate) fn asked_cancelable(call: &Call) -> Outcome {
    let marked = mark(call).map(|()| {
        // SAFETY: The request is marked, for which the function is not.
        let _ = unsafe {
            // breaks: canceled-asked-while-cancelable
            call_unsafe_wdf_function_binding!(WdfRequestIsCanceled, call.request)
        };
        // SAFETY: The request was marked above (nf-wdfrequest-wdfrequestunmarkcancelable).
        let unmarked =
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestUnmarkCancelable, call.request) };
        match status::check(unmarked) {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Taken,
        }
    });
    marked.into()
}

pub(crate) fn delete_device(call: &Call) -> Outcome {
    // SAFETY: The device is live; that it is the framework's to delete is what is broken.
    // breaks: device-deleted
    unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, call.device.cast()) };
    complete(call)
}

/// Deletes what the driver has made.
pub(crate) fn delete_own(call: &Call) -> Outcome {
    let mut object = ptr::null_mut();
    // SAFETY: No attributes are given, and the handle lives through the call (nf-wdfobject-wdfobjectcreate).
    let made = unsafe {
        call_unsafe_wdf_function_binding!(WdfObjectCreate, ptr::null_mut(), &raw mut object)
    };
    if let Err(status) = status::check(made) {
        return Outcome::Failed(status);
    }
    // SAFETY: The object was made above, and is not used afterwards (nf-wdfobject-wdfobjectdelete).
    unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, object) };
    complete(call)
}

fn answered(outcome: NTSTATUS) -> Outcome {
    status::check(outcome).map(|()| Outcome::Done).into()
}

pub(crate) fn wrong_kind(call: &Call) -> Outcome {
    let (device, mut queue) = (call.request.cast(), ptr::null_mut());
    let (config, none) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: The handle is a request's, where a device's is needed.
    answered(unsafe {
        // breaks: handle-of-another-kind
        call_unsafe_wdf_function_binding!(WdfIoQueueCreate, device, config, none, &raw mut queue)
    })
}

pub(crate) fn right_kind(call: &Call) -> Outcome {
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    let _ =
        unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, call.device) };
    Outcome::Done
}

/// Completes the request with a number as output, of which `length` bytes are written.
fn answer_partly(call: &Call, length: usize) -> Outcome {
    let mut buffer = ptr::null_mut();
    // SAFETY: The driver owns the request, the result lives through the call, and the length is not asked
    // for (nf-wdfrequest-wdfrequestretrieveoutputbuffer).
    let found = status::check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRequestRetrieveOutputBuffer,
            call.request,
            size_of::<u64>(),
            &raw mut buffer,
            ptr::null_mut(),
        )
    });
    if let Err(status) = found {
        return Outcome::Failed(status);
    }
    let buffer = buffer.cast::<u8>();
    for at in 0..length {
        // SAFETY: The buffer has room for eight bytes, and lives until the request is completed.
        unsafe { buffer.wrapping_add(at).write_volatile(1) };
    }
    let request = call.request;
    // SAFETY: The driver owns the request; whether all of the output is written is the caller's matter
    // (nf-wdfrequest-wdfrequestcompletewithinformation).
    unsafe {
        // breaks: output-unwritten
        call_unsafe_wdf_function_binding!(WdfRequestCompleteWithInformation, request, SUCCESS, 8);
    };
    Outcome::Taken
}

pub(crate) fn half_written(call: &Call) -> Outcome {
    answer_partly(call, 4)
}

pub(crate) fn written(call: &Call) -> Outcome {
    answer_partly(call, 8)
}
