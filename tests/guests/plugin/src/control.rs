//! The IOCTL: one call.

use core::slice;

use guest::{
    request,
    status::{INVALID_DEVICE_REQUEST, INVALID_PARAMETER, SUCCESS},
};
use wdk_sys::{
    NTSTATUS, ULONG, WDFQUEUE, WDFREQUEST,
    ntddk::{KeLowerIrql, KfRaiseIrql},
};

use crate::{
    memory,
    protocol::{ARGUMENTS, CALL, CALLBACKS, WORDS},
    routines,
};

/// Words of the input and of the output.
const INPUT: usize = 2 + ARGUMENTS + WORDS;
const OUTPUT: usize = 2 + CALLBACKS + WORDS;

/// Serves a request.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_device_control").
pub(crate) unsafe extern "C" fn control(
    _: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    code: ULONG,
) {
    let served = if code == CALL {
        // SAFETY: The driver owns the request.
        unsafe { serve(request) }
    } else {
        Err(INVALID_DEVICE_REQUEST)
    };
    let (status, length) = served.map_or_else(|status| (status, 0), |length| (SUCCESS, length));
    // SAFETY: The driver owns the request and does not touch it again.
    unsafe { request::complete(request, status, length) };
}

/// Makes the call of a request, and answers how many bytes of output there are.
///
/// # Safety
///
/// The driver owns the request, which is of `METHOD_BUFFERED`.
unsafe fn serve(request: WDFREQUEST) -> Result<u64, NTSTATUS> {
    // SAFETY: The driver owns the request.
    let (buffer, _) = unsafe { request::input(request, INPUT * 8) }?;
    // SAFETY: The buffer has that many bytes until the request is completed, is aligned as pool is, and is not
    // written while this is read.
    let input = unsafe { slice::from_raw_parts(buffer.cast::<u64>(), INPUT) };
    let (head, words) = input.split_at(2 + ARGUMENTS);
    let (Some([routine, level]), Some(arguments)) =
        (head.first_chunk::<2>(), head.last_chunk::<ARGUMENTS>())
    else {
        return Err(INVALID_PARAMETER);
    };
    let routine = usize::try_from(*routine).map_err(|_| INVALID_PARAMETER)?;
    // A client that does nothing looks.
    if routine != 0 {
        for (word, value) in words.iter().enumerate() {
            memory::set(word, *value);
        }
    }
    let level = u8::try_from(*level).map_err(|_| INVALID_PARAMETER)?;
    // SAFETY: The client asks for a level at PASSIVE_LEVEL or above, where this runs (nf-wdm-keraiseirql).
    let old = unsafe { KfRaiseIrql(level) };
    // SAFETY: What the routine takes is for the client to know.
    let result = unsafe { routines::call(routine, *arguments) };
    // SAFETY: `old` is what the raise gave (nf-wdm-kelowerirql).
    unsafe { KeLowerIrql(old) };
    let result = result.ok_or(INVALID_PARAMETER)?;

    // SAFETY: The driver owns the request.
    let (buffer, _) = unsafe { request::output(request, OUTPUT * 8) }?;
    // SAFETY: The buffer has that many bytes, is aligned, and the input is not looked at again.
    let output = unsafe { slice::from_raw_parts_mut(buffer.cast::<u64>(), OUTPUT) };
    let answer = [result, memory::address()]
        .into_iter()
        .chain(memory::callbacks())
        .chain((0..WORDS).map(memory::get));
    for (place, word) in output.iter_mut().zip(answer) {
        *place = word;
    }
    Ok(OUTPUT as u64 * 8)
}
