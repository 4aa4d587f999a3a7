//! The device, which has no context, and its queue.

use guest::{
    device, status,
    structure::{self, size},
};
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE,
    GUID, NTSTATUS, PWDFDEVICE_INIT, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES,
    WDF_PNPPOWER_EVENT_CALLBACKS, WDFDRIVER,
};

use crate::{control, hardware};

/// `{C057C057-0001-4000-8000-0000000000C0}`
const INTERFACE: GUID = structure::guid((0xC057_C057, 1, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 0xC0]));

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
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the callbacks are the framework's to call.
    unsafe { device::set_callbacks(init, &mut callbacks) };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone,
        ..structure::attributes()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut attributes) }?;
    let mut config = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(control::device_control),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential)
    };
    // SAFETY: The device is live, and the callback is the framework's to call.
    unsafe { device::create_queue(device, &mut config) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &INTERFACE) }
}
