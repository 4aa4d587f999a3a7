//! The orders of clients: each is done, or goes to another queue.

use guest::{request, status};
use wdk_sys::{NTSTATUS, ULONG, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    device::{self, Context},
    file,
    kept::{self, AtStop},
    nested, power,
    protocol::{Report, order},
    shelf,
};

/// What becomes of an order.
pub(crate) enum Outcome {
    /// It is completed with this status.
    Done(NTSTATUS),
    /// It is completed with this many bytes of output.
    Answered(usize),
    /// It is in another queue, or has been there.
    Gone,
}

impl Outcome {
    /// Success.
    pub(crate) const OK: Self = Self::Done(status::SUCCESS);
}

/// Serves an order.
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
    // SAFETY: The queue is the one that presents the request.
    let context = unsafe { device::of_queue(queue) };
    // SAFETY: The framework has presented the request.
    let outcome = unsafe { serve(context, request, code) };
    let (outcome, information) = match outcome {
        Outcome::Done(outcome) => (outcome, 0),
        Outcome::Answered(length) => (status::SUCCESS, length as u64),
        Outcome::Gone => return,
    };
    // SAFETY: The driver still owns the request, and does not use it below.
    unsafe { request::complete(request, outcome, information) };
}

/// # Safety
///
/// The driver owns the request.
unsafe fn serve(context: &Context, request: WDFREQUEST, code: ULONG) -> Outcome {
    const FORWARD: u32 = order("forward");
    const FORWARD_RAISED: u32 = order("forward-raised");
    const FORWARD_GATED: u32 = order("forward-gated");
    const MARK: u32 = order("mark");
    const PURGE: u32 = order("purge");
    const PURGE_RAISED: u32 = order("purge-raised");
    const PURGE_GATED: u32 = order("purge-gated");
    const PARK_FIRST: u32 = order("park-first");
    const PARK_SECOND: u32 = order("park-second");
    const PARK_BLIND: u32 = order("park-blind");
    const RELEASE: u32 = order("release");
    const STOP_COMPLETES: u32 = order("stop-completes");
    const STOP_KEEPS: u32 = order("stop-keeps");
    const STOP_REQUEUES: u32 = order("stop-requeues");
    const STOP_LEFT: u32 = order("stop-left");
    const PURGE_FIRST: u32 = order("purge-first");
    const START_FIRST: u32 = order("start-first");
    const SHELVE: u32 = order("shelve");
    const PUT_BACK: u32 = order("put-back");
    const TAKE: u32 = order("take");
    const POWER_PLAIN: u32 = order("power-plain");
    const DRAIN: u32 = order("drain");
    const REPORT: u32 = order("report");

    let queues = context.queues;
    // SAFETY: The driver owns the request, and each queue is of the same device; so in all that follows.
    let forward = |to| unsafe { forward(request, to) };
    match code {
        FORWARD => forward(queues.served),
        FORWARD_RAISED => context.outer.with(|()| forward(queues.served)),
        FORWARD_GATED => context.gate.with(|()| forward(queues.served)),
        MARK => forward(queues.marked),
        PURGE => nested::purge(context, |purge| purge()),
        PURGE_RAISED => nested::purge(context, |purge| context.outer.with(|()| purge())),
        PURGE_GATED => nested::purge(context, |purge| context.gate.with(|()| purge())),
        PARK_FIRST | PARK_SECOND => {
            let to = if code == PARK_FIRST {
                queues.first
            } else {
                queues.second
            };
            context.files.with(|()| {
                // SAFETY: The driver owns the request.
                if unsafe { file::is_closed(request) } {
                    return Outcome::Done(status::CANCELLED);
                }
                forward(to)
            })
        }
        PARK_BLIND => forward(queues.first),
        RELEASE => kept::release(context),
        STOP_COMPLETES => kept::at_stop(context, AtStop::Complete),
        STOP_KEEPS => kept::at_stop(context, AtStop::Keep),
        STOP_REQUEUES => kept::at_stop(context, AtStop::Requeue),
        STOP_LEFT => kept::at_stop(context, AtStop::LeaveToSecond),
        PURGE_FIRST => kept::purge(context),
        START_FIRST => kept::start(context),
        SHELVE => forward(queues.shelf),
        PUT_BACK => shelf::put_back(context),
        TAKE => shelf::take(context),
        POWER_PLAIN => power::count_without_lock(context),
        DRAIN => shelf::drain(context),
        REPORT => {
            let report = context.report.with(|report| *report);
            // SAFETY: The driver owns the request.
            unsafe { answer(request, report) }
        }
        _ => Outcome::Done(status::INVALID_DEVICE_REQUEST),
    }
}

/// Puts a request into another queue.
///
/// # Safety
///
/// The driver owns the request, which is not marked cancelable and came from another queue of the same device.
unsafe fn forward(request: WDFREQUEST, to: WDFQUEUE) -> Outcome {
    // SAFETY: This function's contract (nf-wdfrequest-wdfrequestforwardtoioqueue).
    let forwarded =
        unsafe { call_unsafe_wdf_function_binding!(WdfRequestForwardToIoQueue, request, to) };
    match status::check(forwarded) {
        Ok(()) => Outcome::Gone,
        Err(status) => Outcome::Done(status),
    }
}

/// # Safety
///
/// The driver owns the request.
unsafe fn answer(request: WDFREQUEST, report: Report) -> Outcome {
    // SAFETY: The driver owns the request.
    let (buffer, _) = match unsafe { request::output(request, Report::LEN) } {
        Ok(found) => found,
        Err(status) => return Outcome::Done(status),
    };
    let mut bytes = [0; Report::LEN];
    for (slot, word) in bytes.chunks_exact_mut(4).zip(report.words()) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    // SAFETY: The buffer has room for that many bytes, lives until the request is completed, and nothing else writes it.
    unsafe { buffer.cast::<[u8; Report::LEN]>().write_unaligned(bytes) };
    Outcome::Answered(Report::LEN)
}
