//! The device and its queue, which presents requests one at a time and at `PASSIVE_LEVEL`.

use guest::{device, status, structure};
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, NTSTATUS, PWDFDEVICE_INIT,
    WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDRIVER,
};

use crate::{control, protocol};

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
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        ..structure::attributes()
    };
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and is not used afterwards.
    let device = unsafe { device::create(init, &mut attributes) }?;
    let mut config = WDF_IO_QUEUE_CONFIG {
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(control::control),
        ..structure::queue(_WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential)
    };
    // SAFETY: The device is live, and the callback is the framework's to call.
    unsafe { device::create_queue(device, &mut config) }?;
    // SAFETY: The device is live.
    unsafe { device::create_interface(device, &structure::guid(protocol::INTERFACE)) }
}
