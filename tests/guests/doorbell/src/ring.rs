//! Ringing: counted at once, answered by a DPC.

use guest::status::check;
use wdk_sys::{WDFDPC, WDFTIMER, call_unsafe_wdf_function_binding};

use crate::{
    bell::Bell,
    device::{self, Context},
    listeners,
    request::Request,
    transfer,
};

/// Rings the bell.
///
/// # IRQL
///
/// At most `DISPATCH_LEVEL`.
pub(crate) fn ring(context: &Context) {
    context.bell.with(Bell::ring);
    // SAFETY: The DPC lives as long as the device (nf-wdfdpc-wdfdpcenqueue). One that is queued
    // already will see this ring too.
    let _ = unsafe { call_unsafe_wdf_function_binding!(WdfDpcEnqueue, context.dpc) };
}

/// Rings because the time has come.
///
/// # Safety
///
/// The framework calls it, at `DISPATCH_LEVEL` ("nc-wdftimer-evt_wdf_timer").
pub(crate) unsafe extern "C" fn expired(timer: WDFTIMER) {
    // SAFETY: The framework's own handle (nf-wdftimer-wdftimergetparentobject).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfTimerGetParentObject, timer) };
    // SAFETY: The timer's parent is the device, whose context was written before anybody could start
    // the timer.
    ring(unsafe { device::context(device) });
}

/// Answers the reader that waits, if one does.
///
/// # Safety
///
/// The framework calls it, at `DISPATCH_LEVEL` ("nc-wdfdpc-evt_wdf_dpc").
pub(crate) unsafe extern "C" fn answer(dpc: WDFDPC) {
    // SAFETY: The framework's own handle (nf-wdfdpc-wdfdpcgetparentobject).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfDpcGetParentObject, dpc) };
    // SAFETY: The DPC's parent is the device, whose context was written before anybody could ring.
    let context = unsafe { device::context(device) };
    let answered = context.bell.with(|bell| {
        if !bell.has_rung() {
            return None;
        }
        let reader = bell.reader.take()?;
        // SAFETY: The reader was marked cancelable when it was put there, and is not completed: its
        // cancellation would have to take the lock first (nf-wdfrequest-wdfrequestunmarkcancelable).
        let unmarked =
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestUnmarkCancelable, reader) };
        // A reader that is being cancelled belongs to its cancel callback.
        check(unmarked).ok().map(|()| (reader, bell.hear()))
    });
    if let Some((reader, chime)) = answered {
        // SAFETY: Unmarked, so that the driver owns it again, and taken, so that nothing else has it.
        let request = unsafe { Request::new(reader) };
        transfer::answer(request, &chime);
    }
    listeners::dismiss(context, Ok(0));
}
