//! The IOCTLs.

use guest::status;
use wdk_sys::{NTSTATUS, ULONG, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    device::{self, Context},
    listeners,
    protocol::{COUNT_LEN, DELAY_MAX_MS, IOCTL_AWAIT, IOCTL_COUNT, IOCTL_RING, IOCTL_RING_AFTER},
    request::Request,
    ring,
};

/// Answers an IOCTL, at once or with the next ring.
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
    // SAFETY: The framework has presented the request.
    let mut request = unsafe { Request::new(request) };
    // SAFETY: The queue is the one that presents the request.
    let context = unsafe { device::of_queue(queue) };
    let outcome = match code {
        IOCTL_RING => {
            ring::ring(context);
            Ok(0)
        }
        IOCTL_RING_AFTER => ring_after(context, &request),
        IOCTL_COUNT => count(context, &mut request),
        IOCTL_AWAIT => return listeners::listen(context, request),
        _ => Err(status::INVALID_DEVICE_REQUEST),
    };
    request.complete(outcome);
}

fn ring_after(context: &Context, request: &Request) -> Result<usize, NTSTATUS> {
    let delay = u32::from_le_bytes(request.input_array()?);
    if !(1..=DELAY_MAX_MS).contains(&delay) {
        return Err(status::INVALID_PARAMETER);
    }
    // Relative times are negative, in units of 100 ns.
    let due = -(i64::from(delay) * 10_000);
    // SAFETY: The timer lives as long as the device; callbacks are at most at DISPATCH_LEVEL
    // (nf-wdftimer-wdftimerstart). Whether it was running already does not matter.
    let _ = unsafe { call_unsafe_wdf_function_binding!(WdfTimerStart, context.timer, due) };
    Ok(0)
}

fn count(context: &Context, request: &mut Request) -> Result<usize, NTSTATUS> {
    let buffer = request.output(COUNT_LEN)?;
    let counts = context.bell.with(|bell| bell.counts());
    let slot = buffer
        .first_chunk_mut::<COUNT_LEN>()
        .ok_or(status::INVALID_PARAMETER)?;
    *slot = counts;
    Ok(COUNT_LEN)
}
