//! Two power-managed queues whose requests are kept until they are released, or the power changes.

use core::ptr;

use guest::{request, status};
use wdk_sys::{
    NTSTATUS, ULONG, WDFCONTEXT, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding,
};

use crate::{
    device::{self, Context},
    orders::Outcome,
    power,
    protocol::IN_STOP,
};

/// How many requests are kept of each queue.
const MOST: usize = 4;

/// What `EvtIoStop` does with a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtStop {
    /// It completes it.
    Complete,
    /// It acknowledges, and the driver keeps it.
    Keep,
    /// It acknowledges, and the request goes back into its queue.
    Requeue,
    /// That of the first queue does nothing: that of the second completes what both have.
    LeaveToSecond,
}

/// The requests that are kept.
pub(crate) struct Kept {
    at_stop: AtStop,
    first: [Option<WDFREQUEST>; MOST],
    second: [Option<WDFREQUEST>; MOST],
}

// SAFETY: A request's handle may be used on any thread (WDF objects have no thread affinity).
unsafe impl Send for Kept {}

impl Kept {
    pub(crate) const fn new() -> Self {
        Self {
            at_stop: AtStop::Complete,
            first: [None; MOST],
            second: [None; MOST],
        }
    }

    /// Keeps a request; false where there is no room.
    fn keep(&mut self, of_first: bool, request: WDFREQUEST) -> bool {
        let slots = if of_first {
            &mut self.first
        } else {
            &mut self.second
        };
        match slots.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => {
                *slot = Some(request);
                true
            }
            None => false,
        }
    }

    /// Takes a request; what takes it ends it.
    fn take(&mut self, request: WDFREQUEST) -> Option<WDFREQUEST> {
        let mut slots = self.first.iter_mut().chain(&mut self.second);
        slots.find(|slot| **slot == Some(request))?.take()
    }

    /// Takes any request.
    fn take_any(&mut self) -> Option<WDFREQUEST> {
        let mut slots = self.first.iter_mut().chain(&mut self.second);
        slots.find_map(Option::take)
    }
}

/// Keeps a request.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_device_control").
pub(crate) unsafe extern "C" fn arrived(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    _: usize,
    _: usize,
    _: ULONG,
) {
    // SAFETY: The queue is the one that presents the request.
    let context = unsafe { device::of_queue(queue) };
    context.report.with(|report| report.presented += 1);
    let of_first = queue == context.queues.first;
    if !context.kept.with(|kept| kept.keep(of_first, request)) {
        // SAFETY: The framework has presented the request, and it is kept nowhere.
        unsafe { request::complete(request, status::INSUFFICIENT_RESOURCES, 0) };
    }
}

/// Completes a request, where it is still kept.
fn end(context: &Context, request: WDFREQUEST, outcome: NTSTATUS) {
    if let Some(request) = context.kept.with(|kept| kept.take(request)) {
        // SAFETY: The driver owns the request, and what takes it ends it.
        unsafe { request::complete(request, outcome, 0) };
    }
}

fn end_all(context: &Context, outcome: NTSTATUS) {
    while let Some(request) = context.kept.with(Kept::take_any) {
        // SAFETY: As above.
        unsafe { request::complete(request, outcome, 0) };
    }
}

/// The power changes while a request is kept.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns ("nc-wdfio-evt_wdf_io_queue_io_stop").
pub(crate) unsafe extern "C" fn stop(queue: WDFQUEUE, request: WDFREQUEST, _: ULONG) {
    // SAFETY: The queue is the framework's own, and its device's context was written before requests came.
    let context = unsafe { device::of_queue(queue) };
    power::during(context, IN_STOP, || {
        context.report.with(|report| report.stopped += 1);
    });
    let of_first = queue == context.queues.first;
    match context.kept.with(|kept| kept.at_stop) {
        AtStop::Complete => end(context, request, status::CANCELLED),
        AtStop::Keep => {
            // SAFETY: The driver owns the request, and this is its EvtIoStop (nf-wdfrequest-wdfrequeststopacknowledge).
            unsafe { call_unsafe_wdf_function_binding!(WdfRequestStopAcknowledge, request, 0) };
        }
        AtStop::Requeue => {
            if let Some(request) = context.kept.with(|kept| kept.take(request)) {
                // SAFETY: As above; the driver has given up its own handle.
                unsafe { call_unsafe_wdf_function_binding!(WdfRequestStopAcknowledge, request, 1) };
            }
        }
        AtStop::LeaveToSecond if of_first => {}
        AtStop::LeaveToSecond => end_all(context, status::CANCELLED),
    }
}

/// The device is back in D0, and a request is still kept.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns ("nc-wdfio-evt_wdf_io_queue_io_resume").
pub(crate) unsafe extern "C" fn resume(queue: WDFQUEUE, _: WDFREQUEST) {
    // SAFETY: As in `stop`.
    let context = unsafe { device::of_queue(queue) };
    context.report.with(|report| report.resumed += 1);
}

/// Completes what is kept.
pub(crate) fn release(context: &Context) -> Outcome {
    end_all(context, status::SUCCESS);
    Outcome::OK
}

/// Says what `EvtIoStop` does.
pub(crate) fn at_stop(context: &Context, at_stop: AtStop) -> Outcome {
    context.kept.with(|kept| kept.at_stop = at_stop);
    Outcome::OK
}

/// Purges the first queue, with a callback when nothing of it is left.
pub(crate) fn purge(context: &Context) -> Outcome {
    let queue = context.queues.first;
    // SAFETY: The queue lives as long as the device, and the callback is the framework's to call
    // (nf-wdfio-wdfioqueuepurge).
    unsafe {
        call_unsafe_wdf_function_binding!(WdfIoQueuePurge, queue, Some(purged), ptr::null_mut());
    };
    Outcome::OK
}

/// Starts the first queue.
pub(crate) fn start(context: &Context) -> Outcome {
    let queue = context.queues.first;
    // SAFETY: The queue lives as long as the device (nf-wdfio-wdfioqueuestart).
    unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueStart, queue) };
    Outcome::OK
}

/// Nothing of the purged queue is left.
///
/// # Safety
///
/// The framework calls it with a queue of this driver's ("nc-wdfio-evt_wdf_io_queue_state").
unsafe extern "C" fn purged(queue: WDFQUEUE, _: WDFCONTEXT) {
    // SAFETY: The queue is the framework's own.
    let context = unsafe { device::of_queue(queue) };
    context.report.with(|report| report.purged += 1);
}
