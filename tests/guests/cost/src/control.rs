//! The control codes: which way, how often.

use core::{hint::black_box, mem::MaybeUninit};

use dirql::{Irql, Passive};
use guest::request;
use wdk_sys::{
    NTSTATUS, STATUS_DEVICE_NOT_READY, STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS, ULONG,
    WDFQUEUE, WDFREQUEST,
};

use crate::{
    c_style::{add_keeping_the_promise, add_promising_nothing},
    closure,
    hardware::{CLOSURE, EXTENSION},
    protocol::{BY_VALUE, IN_PLACE, STACK_BY_VALUE, STACK_IN_PLACE, code},
    sink,
    stack::{self, Depths},
};

/// Through dirql. Each code takes a `u32`, the number of calls; method buffered, write access.
const CLOSURES: ULONG = code(0x800);
/// As C that keeps the same promise.
const C_KEEPING: ULONG = code(0x801);
/// As C that promises nothing.
const C_PROMISING_NOTHING: ULONG = code(0x802);
/// The loop alone.
const LOOP: ULONG = code(0x803);

/// Serves a control code.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfio-evt_wdf_io_queue_io_device_control").
pub(crate) unsafe extern "C" fn device_control(
    _: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    code: ULONG,
) {
    // SAFETY: The request is this callback's.
    let (status, length) = match unsafe { count(request) } {
        Ok(count) => match measure(code) {
            Some(measure) => {
                // SAFETY: EvtIoDeviceControl runs at PASSIVE_LEVEL here, outside of every closure.
                let depths = unsafe { dirql::enter::<Passive, _>(measure) };
                // SAFETY: The request is this callback's.
                unsafe { reply(request, depths) }
            }
            None => (serve(code, count), 0),
        },
        Err(status) => (status, 0),
    };
    // SAFETY: The driver owns the request, and does not use it again.
    unsafe { request::complete(request, status, length) };
}

/// # Safety
///
/// The driver owns `request`.
unsafe fn count(request: WDFREQUEST) -> Result<u32, NTSTATUS> {
    // SAFETY: The driver owns the request.
    let (buffer, _) = unsafe { request::input(request, 4) }?;
    // SAFETY: The buffer has at least the four bytes that were asked for.
    Ok(unsafe { buffer.cast::<u32>().read_unaligned() })
}

/// Measures depths; none where there is no device.
type Measure = fn(&mut Irql<'_, Passive>) -> Option<Depths>;

/// What measures the depths that a code asks for; none where it asks for something else.
fn measure(code: ULONG) -> Option<Measure> {
    match code {
        STACK_BY_VALUE => Some(stack::by_value::<BY_VALUE>),
        code if code == STACK_IN_PLACE[0] => Some(stack::in_place::<{ IN_PLACE[0] }>),
        code if code == STACK_IN_PLACE[1] => Some(stack::in_place::<{ IN_PLACE[1] }>),
        code if code == STACK_IN_PLACE[2] => Some(stack::in_place::<{ IN_PLACE[2] }>),
        _ => None,
    }
}

/// Writes depths into the output; the status, and the length.
///
/// # Safety
///
/// The driver owns `request`.
unsafe fn reply(request: WDFREQUEST, depths: Option<Depths>) -> (NTSTATUS, u64) {
    let Some(depths) = depths else {
        return (STATUS_DEVICE_NOT_READY, 0);
    };
    // SAFETY: The driver owns the request.
    let buffer = match unsafe { request::output(request, size_of::<Depths>()) } {
        Ok((buffer, _)) => buffer,
        Err(status) => return (status, 0),
    };
    // SAFETY: The buffer has at least the bytes that were asked for.
    unsafe { stack::answer(buffer.cast(), depths) };
    (STATUS_SUCCESS, size_of::<Depths>() as u64)
}

fn serve(code: ULONG, count: u32) -> NTSTATUS {
    let extension = EXTENSION.as_ptr();
    match code {
        CLOSURES => {
            // SAFETY: EvtIoDeviceControl runs at PASSIVE_LEVEL here, outside of every closure.
            let ran = unsafe {
                dirql::enter::<Passive, _>(|irql| {
                    CLOSURE.access(irql, |interrupt, irql| {
                        for addend in 0..u64::from(count) {
                            sink::option(closure::add(interrupt, irql, black_box(addend)));
                        }
                    })
                })
            };
            if ran.is_some() {
                STATUS_SUCCESS
            } else {
                STATUS_DEVICE_NOT_READY
            }
        }
        C_KEEPING => {
            for addend in 0..u64::from(count) {
                // SAFETY: The interrupt is connected and IRQL is PASSIVE_LEVEL.
                sink::option(unsafe { add_keeping_the_promise(extension, black_box(addend)) });
            }
            STATUS_SUCCESS
        }
        C_PROMISING_NOTHING => {
            for addend in 0..u64::from(count) {
                // SAFETY: The interrupt is connected and IRQL is PASSIVE_LEVEL.
                let sum = unsafe { add_promising_nothing(extension, black_box(addend)) };
                sink::word(MaybeUninit::new(sum));
            }
            STATUS_SUCCESS
        }
        LOOP => {
            for addend in 0..u64::from(count) {
                sink::word(MaybeUninit::new(black_box(addend)));
            }
            STATUS_SUCCESS
        }
        _ => STATUS_INVALID_DEVICE_REQUEST,
    }
}
