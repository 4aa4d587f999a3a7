//! What clients ask for.

use core::ptr;

use guest::{device, request, status};
use wdk_sys::{NTSTATUS, ULONG, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    desk::{control, key},
    device::{Context, context},
    port,
    protocol::{BEYOND, DELETE_EARLY, ROOM, order},
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
    // SAFETY: The framework's own handle.
    let device = unsafe { device::of(queue) };
    // SAFETY: The queue's device is live, and its context was written before the queue was made.
    let context = unsafe { context(device) };
    // SAFETY: The driver owns the request.
    let answer = unsafe { answer(context, request, code) };
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
unsafe fn answer(context: &Context, request: WDFREQUEST, code: ULONG) -> Result<u64, NTSTATUS> {
    // SAFETY: This function's contract.
    let (out, room) = unsafe { request::output(request, 4) }?;
    let room = room.min(ROOM);
    let mut bytes = [0; ROOM];
    let length = if code == order("resource") {
        numbers(
            &mut bytes,
            &context.resources.each_ref().map(guest::count::Count::get),
        )
    } else if code == order("features") {
        let read = context.with(|desk| {
            // SAFETY: The queue is managed by power: the device is in D0.
            let features = unsafe { desk.read_number(key::ID) };
            // SAFETY: As above.
            let [high, low] = unsafe { desk.signature() };
            if context.is(BEYOND) {
                // SAFETY: Nothing is there that a read changes; that the port is not the driver's is what is broken.
                // breaks: beyond
                unsafe { port::read_8(desk.first + 12) };
            }
            [features, high, low]
        });
        numbers(&mut bytes, &read)
    } else if code == order("directory") {
        context.with(|desk| {
            // SAFETY: As above.
            unsafe { desk.read(key::DIRECTORY, room, context.setup) };
            bytes = desk.scratch;
        });
        room
    } else if code == order("pass") {
        let read = context.with(|desk| {
            // SAFETY: As above.
            unsafe { desk.write(room) };
            // SAFETY: As above.
            unsafe { desk.read_number(key::ID) }
        });
        numbers(&mut bytes, &[read])
    } else if code == order("fetch") {
        let asked = u32::from(key::SECOND) << 16 | control::SELECT | control::READ;
        let word = context.with(|desk| {
            // SAFETY: As above; `prepare` has made the memory.
            let word = unsafe { desk.operate(asked, room, &[], context.setup) };
            bytes = desk.scratch;
            word
        })?;
        if context.is(DELETE_EARLY) {
            let memory = context.with(|desk| desk.memory());
            // SAFETY: The buffer is live; that the device has it is what is broken (nf-wdfobject-wdfobjectdelete).
            // breaks: delete-early
            unsafe { call_unsafe_wdf_function_binding!(WdfObjectDelete, memory.cast()) };
        }
        if word != 0 {
            return Err(status::DEVICE_NOT_READY);
        }
        room
    } else if code == order("store") {
        // SAFETY: This function's contract.
        let (from, length) = unsafe { request::input(request, 1) }?;
        // SAFETY: The framework gives so many bytes, and nothing writes them before the request is completed.
        let given = unsafe { core::slice::from_raw_parts(from.cast::<u8>(), length.min(ROOM)) };
        let asked = u32::from(key::SECOND) << 16 | control::SELECT | control::WRITE;
        // SAFETY: As above.
        let word = context
            .with(|desk| unsafe { desk.operate(asked, given.len(), given, context.setup) })?;
        numbers(&mut bytes, &[word])
    } else {
        return Err(status::INVALID_DEVICE_REQUEST);
    };
    let length = length.min(room);
    // SAFETY: The buffer has room for so many bytes and is the driver's, until the request is completed.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), out.cast(), length) };
    Ok(length as u64)
}

/// Puts numbers where bytes go; how many bytes they are.
fn numbers(bytes: &mut [u8; ROOM], numbers: &[u32]) -> usize {
    for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    size_of_val(numbers)
}
