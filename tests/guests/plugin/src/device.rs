//! The device and its queue, which presents requests one at a time and at `PASSIVE_LEVEL`.

use core::ptr;

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE,
    GUID, NTSTATUS, PWDFDEVICE_INIT, ULONG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDEVICE,
    WDFDRIVER, call_unsafe_wdf_function_binding,
};

use crate::{control, protocol};

/// The size of a structure as the framework's structures carry it.
pub(crate) const fn size<T>() -> ULONG {
    const { assert!(size_of::<T>() <= 0xFFFF) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the assertion above bounds the size"
    )]
    {
        size_of::<T>() as ULONG
    }
}

/// The status as a result.
pub(crate) const fn check(status: NTSTATUS) -> Result<(), NTSTATUS> {
    if status >= 0 { Ok(()) } else { Err(status) }
}

/// Adds a device.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdriver-evt_wdf_driver_device_add").
pub(crate) unsafe extern "C" fn add(_: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: `init` is that of this call.
    match unsafe { try_add(init) } {
        Ok(()) => 0,
        Err(status) => status,
    }
}

/// # Safety
///
/// As [`add`].
unsafe fn try_add(mut init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ..WDF_OBJECT_ATTRIBUTES::default()
    };
    let mut device: WDFDEVICE = ptr::null_mut();
    // SAFETY: `init` is not used afterwards; attributes and result live through the call
    // (nf-wdfdevice-wdfdevicecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut attributes,
            &raw mut device,
        )
    })?;
    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(control::control),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    let mut queue = ptr::null_mut();
    // SAFETY: The device is live, configuration and result live through the call
    // (nf-wdfio-wdfioqueuecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut config,
            ptr::null_mut(),
            &raw mut queue,
        )
    })?;
    let (data1, data2, data3, data4) = protocol::INTERFACE;
    let interface = GUID {
        Data1: data1,
        Data2: data2,
        Data3: data3,
        Data4: data4,
    };
    // SAFETY: The device is live, the GUID lives through the call, and no reference string is given
    // (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            device,
            &raw const interface,
            ptr::null(),
        )
    })
}
