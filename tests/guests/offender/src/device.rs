//! The device: its context and its queue.

use core::{
    ptr,
    sync::atomic::{AtomicPtr, AtomicU64},
};

use guest::{
    context::Kind,
    device, status,
    structure::{self, size},
};
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, GUID, NTSTATUS,
    PWDFDEVICE_INIT, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDF_PNPPOWER_EVENT_CALLBACKS,
    WDFDEVICE, WDFDRIVER,
};

use crate::{
    call,
    deeds::{dpc::Deferred, interrupt::Service, kdpc::Own, race::Counters},
    event::Event,
    hardware, protocol,
};

/// What every callback of the device reaches.
pub(crate) struct Context {
    /// The mapped registers; null where the device has none.
    pub(crate) registers: AtomicPtr<u32>,
    /// Where they are in physical memory.
    pub(crate) physical: AtomicU64,
    /// What the interrupt service routines work on.
    pub(crate) service: Service,
    /// What threads count with.
    pub(crate) counters: Counters,
    /// What the DPC works on.
    pub(crate) deferred: Deferred,
    /// The DPC of the driver's own memory.
    pub(crate) own_dpc: Own,
    /// What nothing sets, for a thread that may not end.
    pub(crate) never: Event,
}

static CONTEXT: Kind<Context> = Kind::new(c"Offender", &raw const CONTEXT);

/// The address of the description of the context.
pub(crate) const fn kind() -> *const () {
    (&raw const CONTEXT).cast()
}

/// The context of a device.
///
/// # Safety
///
/// `device` is a live device of this driver, [`add`] wrote its context, and it lives until the driver
/// is done with the result.
pub(crate) unsafe fn context(device: WDFDEVICE) -> &'static Context {
    // SAFETY: The device is live by this function's contract; `add` wrote the context before anything could call back.
    unsafe { CONTEXT.of(device.cast()) }
}

/// The GUID of the device interface.
pub(crate) const fn interface() -> GUID {
    structure::guid(protocol::INTERFACE)
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
        EvtDevicePrepareHardware: Some(hardware::prepare),
        EvtDeviceReleaseHardware: Some(hardware::release),
        EvtDeviceD0Entry: Some(hardware::enter),
        EvtDeviceD0Exit: Some(hardware::exit),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the callbacks are the framework's to call.
    unsafe { device::set_callbacks(init, &mut callbacks) };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        // Requests are presented at PASSIVE_LEVEL, from which most deeds begin.
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        ..CONTEXT.attributes()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut attributes) }?;
    let context = Context {
        registers: AtomicPtr::new(ptr::null_mut()),
        physical: AtomicU64::new(0),
        service: Service::new(),
        counters: Counters::new(),
        deferred: Deferred::new(),
        own_dpc: Own::new(),
        never: Event::uninitialised(),
    };
    // SAFETY: The device is live and has this context, of which nothing else knows yet.
    unsafe { CONTEXT.write(device.cast(), context) };
    // SAFETY: The device is live, and its context was written just now.
    let kept = unsafe { self::context(device) };
    // Where they stay: a lock does not move once it is initialised.
    kept.service.initialise();
    kept.counters.initialise();

    let mut config = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(call::control),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel)
    };
    // SAFETY: The device is live, and the callback is the framework's to call.
    unsafe { device::create_queue(device, &mut config) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &interface()) }
}
