//! A request: what it asks for, and what becomes of it.

use guest::{request, status};
use wdk_sys::{NTSTATUS, ULONG, WDFDEVICE, WDFQUEUE, WDFREQUEST, call_unsafe_wdf_function_binding};

use crate::{
    deeds,
    device::{self, Context},
};

/// A request that is being served.
pub(crate) struct Call {
    pub(crate) request: WDFREQUEST,
    pub(crate) device: WDFDEVICE,
    pub(crate) context: &'static Context,
}

/// What becomes of a request.
pub(crate) enum Outcome {
    /// It is completed with success.
    Done,
    /// It is completed with a number.
    Answer(u32),
    /// It is completed with a status.
    Failed(NTSTATUS),
    /// The deed has taken it over.
    Taken,
}

impl From<Result<Outcome, NTSTATUS>> for Outcome {
    fn from(result: Result<Outcome, NTSTATUS>) -> Self {
        result.unwrap_or_else(Self::Failed)
    }
}

/// What serves a request.
pub(crate) type Deed = fn(&Call) -> Outcome;

impl Call {
    /// Completes the request.
    ///
    /// # Safety
    ///
    /// The driver owns the request, and does not touch it any more.
    pub(crate) unsafe fn complete(&self, outcome: NTSTATUS, information: u64) {
        // SAFETY: This function's contract.
        unsafe { request::complete(self.request, outcome, information) };
    }

    /// Writes a number into the output; its length.
    fn answer(&self, value: u32) -> Result<u64, NTSTATUS> {
        // SAFETY: The driver owns the request.
        let (buffer, _) = unsafe { request::output(self.request, size_of::<u32>()) }?;
        // SAFETY: The buffer has room for four bytes, lives until the request is completed, and
        // nothing else writes it; its alignment is not promised.
        unsafe { buffer.cast::<[u8; 4]>().write(value.to_le_bytes()) };
        Ok(size_of::<u32>() as u64)
    }
}

/// Serves a request.
///
/// # Safety
///
/// The framework calls it with a request that the driver owns from then on
/// ("nc-wdfio-evt_wdf_io_queue_io_device_control").
// breaks: request-leak
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
    let call = Call {
        request,
        device,
        context,
    };
    let outcome = deeds::find(code)
        .map_or(Outcome::Failed(status::INVALID_DEVICE_REQUEST), |deed| {
            deed(&call)
        });
    let (status, information) = match outcome {
        Outcome::Done => (status::SUCCESS, 0),
        Outcome::Answer(value) => match call.answer(value) {
            Ok(length) => (status::SUCCESS, length),
            Err(status) => (status, 0),
        },
        Outcome::Failed(status) => (status, 0),
        Outcome::Taken => return,
    };
    // SAFETY: The deed has left the request to this function.
    unsafe { call.complete(status, information) };
}
