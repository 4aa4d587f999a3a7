//! Reads, writes, and readers that go away.

use guest::status::{self, check};
use wdk_sys::{WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    bell::{Bell, Chime},
    device, file,
    request::Request,
};

/// What becomes of a read, decided under the lock.
enum Reading {
    /// It was rung for.
    Heard(Request, Chime),
    /// It waits; the bell has it.
    Waits,
    /// It was cancelled before it could wait.
    Gone(Request),
}

/// Sets the chime.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_write").
pub(crate) unsafe extern "C" fn write(queue: WDFQUEUE, request: WDFREQUEST, _: usize) {
    // SAFETY: The framework has presented the request.
    let request = unsafe { Request::new(request) };
    // SAFETY: The queue is the one that presents the request.
    let context = unsafe { device::of_queue(queue) };
    let chime = request.input(1).and_then(|bytes| {
        let chime = Chime::new(bytes).ok_or(status::INVALID_PARAMETER)?;
        Ok((chime, bytes.len()))
    });
    let outcome = chime.map(|(chime, len)| {
        context.bell.with(|bell| bell.set_chime(chime));
        len
    });
    request.complete(outcome);
}

/// Waits for a ring.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_read").
pub(crate) unsafe extern "C" fn read(queue: WDFQUEUE, request: WDFREQUEST, _: usize) {
    // SAFETY: The framework has presented the request.
    let request = unsafe { Request::new(request) };
    // SAFETY: The queue is the one that presents the request.
    let context = unsafe { device::of_queue(queue) };
    let reading = context.files.with(|()| {
        let closed = file::is_closed(&request);
        context.bell.with(|bell| wait(bell, request, closed))
    });
    match reading {
        Reading::Heard(request, chime) => answer(request, &chime),
        Reading::Waits => {}
        Reading::Gone(request) => request.complete(Err(status::CANCELLED)),
    }
}

/// Decides with both locks held, so that a cancellation and a closing, which take one of them, find the request either
/// not cancelable yet or waiting.
fn wait(bell: &mut Bell, request: Request, closed: bool) -> Reading {
    if bell.has_rung() {
        return Reading::Heard(request, bell.hear());
    }
    if closed {
        bell.give_up();
        return Reading::Gone(request);
    }
    // The Ex form never calls back by itself.
    // SAFETY: The driver owns the request and has not marked it
    // (nf-wdfrequest-wdfrequestmarkcancelableex).
    let marked = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRequestMarkCancelableEx,
            request.handle(),
            Some(cancel),
        )
    };
    if check(marked).is_ok() {
        bell.reader = Some(request.into_handle());
        Reading::Waits
    } else {
        bell.give_up();
        Reading::Gone(request)
    }
}

/// Ends the read that waits.
///
/// # Safety
///
/// The framework calls it for a request that was marked cancelable and has not been unmarked; from
/// then on the driver completes it here ("nc-wdfrequest-evt_wdf_request_cancel").
unsafe extern "C" fn cancel(request: WDFREQUEST) {
    // SAFETY: The driver owns the request (nf-wdfrequest-wdfrequestgetioqueue).
    let queue = unsafe { call_unsafe_wdf_function_binding!(WdfRequestGetIoQueue, request) };
    // SAFETY: The queue presented the request, which is not completed yet.
    let context = unsafe { device::of_queue(queue) };
    context.bell.with(|bell| {
        // The DPC may have taken it already, and left it to us.
        if bell.reader == Some(request) {
            bell.reader = None;
        }
        bell.give_up();
    });
    // SAFETY: Who unmarks a request that is being cancelled leaves it to this callback.
    let request = unsafe { Request::new(request) };
    request.complete(Err(status::CANCELLED));
}

/// Completes a read with the chime.
pub(crate) fn answer(mut request: Request, chime: &Chime) {
    let outcome = request.output(1).map(|buffer| chime.copy_to(buffer));
    request.complete(outcome);
}
