//! The device: its context, and the framework objects that belong to it.

use core::ptr;

use guest::{
    context::Kind,
    device,
    lock::Locked,
    status::{self, check},
    structure::{self, attributes, size},
};
use wdk_sys::{
    _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_REQUEST_TYPE, _WDF_TRI_STATE, NTSTATUS, PWDFDEVICE_INIT,
    WDF_DPC_CONFIG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDF_PNPPOWER_EVENT_CALLBACKS,
    WDF_TIMER_CONFIG, WDFDEVICE, WDFDPC, WDFDRIVER, WDFOBJECT, WDFQUEUE, WDFTIMER,
    call_unsafe_wdf_function_binding,
};

use crate::{bell::Bell, control, file, listeners, protocol, ring, transfer};

/// What every callback of the device reaches.
pub(crate) struct Context {
    pub(crate) bell: Locked<Bell>,
    /// Held while a file is closed, and while a request gets to where it waits. Taken before that of the bell.
    pub(crate) files: Locked<()>,
    /// Answers the reader.
    pub(crate) dpc: WDFDPC,
    /// Rings later.
    pub(crate) timer: WDFTIMER,
    /// Where IOCTLs wait for a ring.
    pub(crate) listeners: WDFQUEUE,
}

static CONTEXT: Kind<Context> = Kind::new(c"Doorbell", &raw const CONTEXT);

/// The context of a device that [`add`] has finished.
///
/// # Safety
///
/// `device` is a live device of this driver, `add` wrote its context, and it outlives `'a`.
pub(crate) unsafe fn context<'a>(device: WDFOBJECT) -> &'a Context {
    // SAFETY: The device is live by this function's contract; `add` wrote the context before anything could call back.
    unsafe { CONTEXT.of(device) }
}

/// The context of the device that owns `queue`.
///
/// # Safety
///
/// `queue` is a live queue of a device of this driver, and outlives `'a`.
pub(crate) unsafe fn of_queue<'a>(queue: WDFQUEUE) -> &'a Context {
    // SAFETY: The queue is live by this function's contract (nf-wdfio-wdfioqueuegetdevice).
    let device = unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) };
    // SAFETY: A queue's device outlives it; queues are made after the context is written.
    unsafe { context(device.cast()) }
}

/// Adds a device.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdriver-evt_wdf_driver_device_add").
pub(crate) unsafe extern "C" fn add(_: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: `init` is that of this call.
    status::of(unsafe { try_add(init) })
}

/// # Safety
///
/// As [`add`].
unsafe fn try_add(init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDeviceSurpriseRemoval: Some(listeners::gone),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the callback is the framework's to call.
    unsafe { device::set_callbacks(init, &mut callbacks) };
    // SAFETY: As above; the device is not made yet.
    unsafe { file::configure(init) };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut CONTEXT.attributes()) }?;

    // SAFETY: The device is live, and outlives what it is the parent of.
    let bell = unsafe { Locked::new(device.cast(), Bell::new()) }?;
    // SAFETY: As above.
    let files = unsafe { Locked::new(device.cast(), ()) }?;
    // SAFETY: The device is live.
    let dpc = unsafe { create_dpc(device) }?;
    // SAFETY: The device is live.
    let timer = unsafe { create_timer(device) }?;
    let mut manual = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        EvtIoCanceledOnQueue: Some(listeners::left),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual)
    };
    // SAFETY: The device is live. Nothing is in the queue before the driver puts it there.
    let listeners = unsafe { device::create_queue(device, &mut manual) }?;
    let context = Context {
        bell,
        files,
        dpc,
        timer,
        listeners,
    };
    // SAFETY: The device is live and has this context, of which nothing else knows yet: the queues that requests come
    // in by, which lead to everything else, do not exist.
    unsafe { CONTEXT.write(device.cast(), context) };

    // SAFETY: The device is live and its context is written.
    unsafe { create_queues(device) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &structure::guid(protocol::INTERFACE)) }
}

/// # Safety
///
/// `device` is a live device.
unsafe fn create_dpc(device: WDFDEVICE) -> Result<WDFDPC, NTSTATUS> {
    let mut config = WDF_DPC_CONFIG {
        Size: size::<WDF_DPC_CONFIG>(),
        EvtDpcFunc: Some(ring::answer),
        ..WDF_DPC_CONFIG::default()
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ..attributes()
    };
    let mut dpc = ptr::null_mut();
    // SAFETY: Configuration, attributes and result live through the call, and the parent is a device
    // (nf-wdfdpc-wdfdpccreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDpcCreate,
            &raw mut config,
            &raw mut attributes,
            &raw mut dpc,
        )
    })?;
    Ok(dpc)
}

/// # Safety
///
/// `device` is a live device.
unsafe fn create_timer(device: WDFDEVICE) -> Result<WDFTIMER, NTSTATUS> {
    let mut config = WDF_TIMER_CONFIG {
        Size: size::<WDF_TIMER_CONFIG>(),
        EvtTimerFunc: Some(ring::expired),
        ..WDF_TIMER_CONFIG::default()
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ..attributes()
    };
    let mut timer = ptr::null_mut();
    // SAFETY: As for the DPC (nf-wdftimer-wdftimercreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfTimerCreate,
            &raw mut config,
            &raw mut attributes,
            &raw mut timer,
        )
    })?;
    Ok(timer)
}

/// # Safety
///
/// `device` is a live device whose context is written.
unsafe fn create_queues(device: WDFDEVICE) -> Result<(), NTSTATUS> {
    let mut transfers = WDF_IO_QUEUE_CONFIG {
        // There is no hardware whose power would matter.
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoRead: Some(transfer::read),
        EvtIoWrite: Some(transfer::write),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential)
    };
    // SAFETY: The device is live by this function's contract.
    unsafe { device::create_queue(device, &mut transfers) }?;

    let mut controls = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        EvtIoDeviceControl: Some(control::control),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel)
    };
    // SAFETY: The device is live by this function's contract.
    let queue = unsafe { device::create_queue(device, &mut controls) }?;
    // SAFETY: The queue is one of this device's and no request type was assigned yet
    // (nf-wdfdevice-wdfdeviceconfigurerequestdispatching).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceConfigureRequestDispatching,
            device,
            queue,
            _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl,
        )
    })
}
