//! What clients ask for.

use core::ptr;

use dirql::{Irql, Passive, enter};
use guest::{request, status};
use wdk_sys::{NTSTATUS, ULONG, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    device::{self, Context},
    ports::PortRegisters,
    protocol::{NUMBERS, ORDERS, SHARED, TIMES, TRIES, order},
};

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
    // SAFETY: The framework's own handle (nf-wdfio-wdfioqueuegetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) };
    // SAFETY: The queue's device is live, and its context was written before the queue was made.
    let context = unsafe { device::context(device) };
    let name = ORDERS.into_iter().find(|name| order(name) == code);
    let serve = |irql: &mut Irql<'_, Passive>| match name {
        None => Err(status::INVALID_DEVICE_REQUEST),
        Some("report") => {
            let numbers = NUMBERS.map(|name| context.count(name).get());
            // SAFETY: The driver owns the request.
            unsafe { answer(request, &numbers) }
        }
        Some(name) => carry_out(context, irql, name).and_then(|number| {
            // SAFETY: The driver owns the request.
            unsafe { answer(request, &[number]) }
        }),
    };
    // SAFETY: A request is presented at PASSIVE_LEVEL, and the driver completes none under an interrupt lock.
    let answer = unsafe { enter::<Passive, _>(serve) };
    let (status, information) = match answer {
        Ok(length) => (status::SUCCESS, length),
        Err(status) => (status, 0),
    };
    // SAFETY: The driver owns the request and is done with it.
    unsafe { request::complete(request, status, information) };
}

/// # Safety
///
/// The driver owns the request.
unsafe fn answer(request: WDFREQUEST, numbers: &[u32]) -> Result<u64, NTSTATUS> {
    let length = size_of_val(numbers);
    // SAFETY: This function's contract.
    let (buffer, _) = unsafe { request::output(request, length) }?;
    // SAFETY: The buffer has room for so many bytes and is the driver's, until the request is completed.
    unsafe { ptr::copy_nonoverlapping(numbers.as_ptr().cast::<u8>(), buffer.cast(), length) };
    Ok(length as u64)
}

/// Counts in a closure; whether it ran. What it answers grows.
fn count(context: &Context, irql: &mut Irql<'_, Passive>, tries: bool) -> u32 {
    match context.places.count(irql, tries) {
        Ok(_) => {
            context.count("counted").add();
            1
        }
        Err(_) => 0,
    }
}

/// Carries an order out; what it answers.
fn carry_out(context: &Context, irql: &mut Irql<'_, Passive>, name: &str) -> Result<u32, NTSTATUS> {
    let number = match name {
        "raise" => {
            let registers = context.registers().ok_or(status::DEVICE_NOT_READY)?;
            if context.setup & SHARED == 0 {
                registers.raise();
            } else {
                PortRegisters(registers.0).raise();
            }
            0
        }
        "count" => count(context, irql, false),
        "loop" => {
            let tries = context.setup & TRIES != 0;
            (0..TIMES).map(|_| count(context, irql, tries)).sum()
        }
        "disable" | "enable" => {
            // SAFETY: Tests that order this change the device's power before or after, and never meanwhile.
            unsafe { context.places.connect(irql, name == "enable") }.into()
        }
        "fail-from-now" => {
            context.failing.set(1);
            0
        }
        _ => return Err(status::INVALID_DEVICE_REQUEST),
    };
    Ok(number)
}
