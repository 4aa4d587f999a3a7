//! What clients ask for.

use core::ptr;

use guest::{device, request, status};
use wdk_sys::{NTSTATUS, ULONG, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    device::{Context, context},
    protocol::{DELETE_EARLY, NO_MEMORY, SAMPLE, TOUCH, WRONG_WAY, order},
};

/// Far behind everything that was made for the device.
const FAR: u64 = 1 << 40;

/// Serves a request.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_device_control").
pub(crate) unsafe extern "C" fn control(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    code: ULONG,
) {
    // SAFETY: The framework's own handle.
    let device = unsafe { device::of(queue) };
    // SAFETY: The queue's device is live, and its context was written before the queue was made.
    let context = unsafe { context(device) };
    let answer = if code == order("sample") {
        // SAFETY: The driver owns the request.
        match unsafe { sample(context, request) } {
            // The device's interrupt completes it.
            Ok(()) => return,
            Err(status) => Err(status),
        }
    } else if code == order("report") {
        // SAFETY: As above.
        unsafe { report(context, request) }
    } else {
        Err(status::INVALID_DEVICE_REQUEST)
    };
    let (status, information) = match answer {
        Ok(length) => (status::SUCCESS, length),
        Err(status) => (status, 0),
    };
    // SAFETY: The driver owns the request and is done with it.
    unsafe { request::complete(request, status, information) };
}

/// Offers the buffer to the device, for a request that waits.
///
/// # Safety
///
/// The driver owns the request.
unsafe fn sample(context: &Context, request: WDFREQUEST) -> Result<(), NTSTATUS> {
    // SAFETY: This function's contract.
    let (_, room) = unsafe { request::output(request, 1) }?;
    let length = u32::try_from(room.min(SAMPLE)).unwrap_or(1);
    let wrong = if context.is(NO_MEMORY) { FAR } else { 0 };
    let buffer = context.transport.with(|transport| {
        // SAFETY: The queue is managed by power: the device is in D0 and works.
        unsafe { transport.offer(request, length, wrong, context.is(WRONG_WAY)) };
        transport.sample()
    });
    if context.is(TOUCH) {
        // SAFETY: The buffer is there; that it is the device's is what is broken.
        // breaks: touch
        unsafe { buffer.write_volatile(0) };
    }
    if context.is(DELETE_EARLY) {
        // SAFETY: The callbacks of Plug and Play and of power do not run beside this one.
        let buffer = unsafe { (*context.memory.get()).sample };
        // SAFETY: The buffer is live; that the device has it is what is broken (nf-wdfobject-wdfobjectdelete).
        // breaks: delete-early
        unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, buffer.cast()) };
    }
    Ok(())
}

/// # Safety
///
/// The driver owns the request.
unsafe fn report(context: &Context, request: WDFREQUEST) -> Result<u64, NTSTATUS> {
    let numbers = context.numbers.each_ref().map(guest::count::Count::get);
    let length = size_of_val(&numbers);
    // SAFETY: This function's contract.
    let (buffer, _) = unsafe { request::output(request, length) }?;
    // SAFETY: The buffer has room for so many bytes and is the driver's, until the request is completed.
    unsafe { ptr::copy_nonoverlapping(numbers.as_ptr().cast::<u8>(), buffer.cast(), length) };
    Ok(length as u64)
}
