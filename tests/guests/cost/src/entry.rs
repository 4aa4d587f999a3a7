//! `DriverEntry` and the device.

use core::ptr;

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE,
    GUID, NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, PWDFDEVICE_INIT, ULONG, WDF_DRIVER_CONFIG,
    WDF_IO_QUEUE_CONFIG, WDF_NO_OBJECT_ATTRIBUTES, WDF_OBJECT_ATTRIBUTES,
    WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER, call_unsafe_wdf_function_binding,
};

use crate::{control, hardware};

/// `{C057C057-0001-4000-8000-0000000000C0}`
static INTERFACE: GUID = GUID {
    Data1: 0xC057_C057,
    Data2: 1,
    Data3: 0x4000,
    Data4: [0x80, 0, 0, 0, 0, 0, 0, 0xC0],
};

/// The size of a structure as the framework's structures carry it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "no structure of the framework has 4 GiB"
)]
const fn size<T>() -> ULONG {
    size_of::<T>() as ULONG
}

/// Where Windows enters the driver.
///
/// # Safety
///
/// Windows calls it once, at `PASSIVE_LEVEL`, with its driver object and registry path.
#[unsafe(export_name = "DriverEntry")]
pub(crate) unsafe extern "system" fn driver_entry(
    driver: PDRIVER_OBJECT,
    registry_path: PCUNICODE_STRING,
) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG {
        Size: size::<WDF_DRIVER_CONFIG>(),
        EvtDriverDeviceAdd: Some(device_add),
        ..WDF_DRIVER_CONFIG::default()
    };
    // SAFETY: The arguments are those of this call, and the configuration is complete
    // (nf-wdfdriver-wdfdrivercreate).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDriverCreate,
            driver,
            registry_path,
            WDF_NO_OBJECT_ATTRIBUTES,
            &raw mut config,
            ptr::null_mut(),
        )
    }
}

/// # Safety
///
/// The framework calls it ("nc-wdfdriver-evt_wdf_driver_device_add").
unsafe extern "C" fn device_add(_: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDevicePrepareHardware: Some(hardware::prepare),
        EvtDeviceReleaseHardware: Some(hardware::release),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    // SAFETY: `init` is that of this call (nf-wdfdevice-wdfdeviceinitsetpnppowereventcallbacks).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetPnpPowerEventCallbacks,
            init,
            &raw mut callbacks
        );
    };

    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        Size: size::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone,
        ..WDF_OBJECT_ATTRIBUTES::default()
    };
    let mut device: WDFDEVICE = ptr::null_mut();
    // SAFETY: `init` is that of this call and not used again (nf-wdfdevice-wdfdevicecreate).
    let status = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut attributes,
            &raw mut device
        )
    };
    if status < 0 {
        return status;
    }

    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential,
        PowerManaged: _WDF_TRI_STATE::WdfTrue,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(control::device_control),
        ..WDF_IO_QUEUE_CONFIG::default()
    };
    // SAFETY: The device is live and the configuration complete (nf-wdfio-wdfioqueuecreate).
    let status = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut config,
            &raw mut attributes,
            ptr::null_mut()
        )
    };
    if status < 0 {
        return status;
    }
    // SAFETY: The device is live (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            device,
            &raw const INTERFACE,
            ptr::null()
        )
    }
}
