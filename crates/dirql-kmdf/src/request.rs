//! The buffers and the completion of a request.

use core::ptr;

use wdk_sys::{NTSTATUS, PVOID, ULONG, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::status::{INVALID_DEVICE_REQUEST, check};

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

/// Serves a request of the control code `served` whose input is one number of 32 bits and whose output is one: completes it
/// with what `body` answers, or with its status. Another code, or a shorter buffer, is refused before `body` runs.
///
/// # Safety
///
/// The driver owns the request, whose control code is `code`, and does not use it afterwards. `served` is of
/// `METHOD_BUFFERED`.
pub unsafe fn serve(
    request: WDFREQUEST,
    code: ULONG,
    served: ULONG,
    body: impl FnOnce(u32) -> Result<u32, NTSTATUS>,
) {
    const LENGTH: usize = size_of::<u32>();
    let run = || {
        if code != served {
            return Err(INVALID_DEVICE_REQUEST);
        }
        // SAFETY: This function's contract.
        let (read, _) = unsafe { input(request, LENGTH) }?;
        // SAFETY: As above.
        let (written, _) = unsafe { output(request, LENGTH) }?;
        // SAFETY: The buffer has the bytes that were asked for.
        let number = unsafe { read.cast::<u32>().read_unaligned() };
        let answer = body(number)?;
        // SAFETY: As above. The buffer is that of the input, perhaps, which has been read.
        unsafe { written.cast::<u32>().write_unaligned(answer) };
        Ok(())
    };
    let (status, information) = match run() {
        Ok(()) => (crate::status::SUCCESS, LENGTH as u64),
        Err(status) => (status, 0),
    };
    // SAFETY: This function's contract; the buffers are used no more.
    unsafe { complete(request, status, information) };
}
