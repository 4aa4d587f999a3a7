//! The buffers and the completion of a request.

use core::ptr;

use wdk_sys::{NTSTATUS, PVOID, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::status::check;

/// The input of a request and its length, `least` bytes or more, as the framework gives it: aligned as pool is,
/// initialised, and there until the request is completed. Where its control code is of `METHOD_BUFFERED`, the output is the
/// same memory.
///
/// # Safety
///
/// The driver owns the request.
///
/// # Errors
///
/// The framework's; the input is shorter.
pub unsafe fn input(request: WDFREQUEST, least: usize) -> Result<(PVOID, usize), NTSTATUS> {
    let mut buffer: PVOID = ptr::null_mut();
    let mut length = 0;
    // SAFETY: The driver owns the request, and both results live through the call
    // (nf-wdfrequest-wdfrequestretrieveinputbuffer).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRequestRetrieveInputBuffer,
            request,
            least,
            &raw mut buffer,
            &raw mut length,
        )
    })?;
    Ok((buffer, length))
}

/// The output of a request, as [`input`] gives the input.
///
/// # Safety
///
/// The driver owns the request.
///
/// # Errors
///
/// The framework's; the output is shorter.
pub unsafe fn output(request: WDFREQUEST, least: usize) -> Result<(PVOID, usize), NTSTATUS> {
    let mut buffer: PVOID = ptr::null_mut();
    let mut length = 0;
    // SAFETY: As for the input (nf-wdfrequest-wdfrequestretrieveoutputbuffer).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRequestRetrieveOutputBuffer,
            request,
            least,
            &raw mut buffer,
            &raw mut length,
        )
    })?;
    Ok((buffer, length))
}

/// Completes a request.
///
/// # Safety
///
/// The driver owns the request, and does not use it or its buffers afterwards.
pub unsafe fn complete(request: WDFREQUEST, status: NTSTATUS, information: u64) {
    // SAFETY: This function's contract (nf-wdfrequest-wdfrequestcompletewithinformation).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRequestCompleteWithInformation,
            request,
            status,
            information
        );
    };
}
