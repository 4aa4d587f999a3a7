//! The default queue: where requests arrive.
//!
//! It presents any number at a time, at `PASSIVE_LEVEL`, in whatever thread brings a request to it: the
//! sender's, a work item, or the one that resumes the queue, which then presents one after another. No
//! callback keeps that thread for long: a wait goes to a queue of its own, a stress run to a thread of its
//! own. The queue is managed with the device's power: while the device is not in D0, requests stay in it.

use core::{ptr::null_mut, sync::atomic::Ordering};

use dirql::{Irql, Passive, call_unsafe_wdf_function_binding, enter};
use dirql_ioctl::{ControlCode, Status, code};
use wdk_sys::{
    _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, NTSTATUS, ULONG, WDF_IO_QUEUE_CONFIG, WDFDEVICE,
    WDFQUEUE, WDFREQUEST,
};

#[cfg(feature = "pshed")]
use crate::pshed;
use crate::{
    call::Arrived,
    context::{self, size},
    device::Device,
    query::Query,
    raise::Raise,
    reconnect::Reconnect,
    request::Request,
    soft::SetActive,
    statistics::{ResetStatistics, Statistics},
    status::{check, ntstatus},
    stress,
    synchronize::Synchronize,
    trace, wait,
};

/// Makes the default queue of a device.
///
/// # Safety
///
/// `device` is live, has a [`Device`] context with its handles in place, and is not started.
pub(crate) unsafe fn create(device: WDFDEVICE) -> Result<(), NTSTATUS> {
    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(device_control),
        EvtIoStop: Some(stop),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    // No limit, as WDF_IO_QUEUE_CONFIG_INIT has it.
    config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    let mut attributes = context::passive_and_unlocked(context::attributes());
    // SAFETY: The device is live, the structures are complete and live through the call, and no handle
    // is asked for (nf-wdfio-wdfioqueuecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut config,
            &raw mut attributes,
            null_mut()
        )
    })
}

/// The device of a queue.
///
/// # Safety
///
/// `queue` is a live queue of a device of this driver, which outlives `'a`.
unsafe fn device_of<'a>(queue: WDFQUEUE) -> &'a Device {
    // SAFETY: The queue is live (nf-wdfio-wdfioqueuegetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) };
    // SAFETY: Every device of this driver has this context.
    unsafe { context::of::<Device>(device.cast()) }
}

/// `EvtIoDeviceControl`.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with the default queue of a device of this driver, and a
/// request that becomes the driver's own.
unsafe extern "C" fn device_control(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    output_length: usize,
    input_length: usize,
    code: ULONG,
) {
    // SAFETY: The queue is live, and its device lives as long as a request of it is not completed.
    let device = unsafe { device_of(queue) };
    trace::arrived(code, input_length, output_length);
    let arrived = Arrived {
        // SAFETY: The request is the driver's own; every code of the contract is METHOD_BUFFERED, and
        // for others no buffer is looked at.
        request: unsafe { Request::new(request) },
        input_length,
        output_length,
    };
    // SAFETY: The execution level of the queue makes this PASSIVE_LEVEL; this is the only token of the
    // callback, and no interrupt lock is held.
    unsafe { enter::<Passive, _>(move |irql| dispatch(ControlCode(code), arrived, device, irql)) };
}

/// Serves a request by all 32 bits of its code.
fn dispatch(code: ControlCode, arrived: Arrived, device: &Device, irql: &mut Irql<'_, Passive>) {
    match code {
        code::QUERY => arrived.answer::<Query>(device, irql),
        code::SYNCHRONIZE => arrived.answer::<Synchronize>(device, irql),
        code::RAISE => arrived.answer::<Raise>(device, irql),
        code::WAIT => wait::begin(arrived, device, irql),
        code::STRESS => stress::begin(arrived, device, irql),
        code::RECONNECT => arrived.answer::<Reconnect>(device, irql),
        code::SET_ACTIVE => arrived.answer::<SetActive>(device, irql),
        code::STATISTICS => arrived.answer::<Statistics>(device, irql),
        code::RESET_STATISTICS => arrived.answer::<ResetStatistics>(device, irql),
        #[cfg(feature = "pshed")]
        code::PSHED => arrived.answer::<pshed::Query>(device, irql),
        #[cfg(feature = "pshed")]
        code::PSHED_SOURCES => arrived.answer::<pshed::Sources>(device, irql),
        #[cfg(feature = "pshed")]
        code::PSHED_SYNCHRONIZE => arrived.answer::<pshed::Synchronize>(device, irql),
        #[cfg(feature = "pshed")]
        code::PSHED_INJECT => arrived.answer::<pshed::Inject>(device, irql),
        #[cfg(feature = "pshed")]
        code::PSHED_ADOPT => arrived.answer::<pshed::Adopt>(device, irql),
        _ => arrived
            .request
            .refuse(ntstatus(Status::INVALID_DEVICE_REQUEST)),
    }
}

/// `EvtIoStop`: the framework is about to leave D0 and waits for the requests that the driver owns.
///
/// Every one of them is being served, by the callback that it was presented to or by the thread of a stress
/// run, which looks at the flag. The request itself may be completed at any moment, so it is not touched.
///
/// # Safety
///
/// The framework calls it with the default queue of a device of this driver.
unsafe extern "C" fn stop(queue: WDFQUEUE, _request: WDFREQUEST, _action: ULONG) {
    // SAFETY: The queue is live during the callback, and so is its device.
    let device = unsafe { device_of(queue) };
    device.hurry.store(true, Ordering::Relaxed);
}
