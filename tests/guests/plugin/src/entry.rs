//! `DriverEntry`: tells the framework where devices are added.

use core::ptr;

use wdk_sys::{
    NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, WDF_DRIVER_CONFIG, WDF_NO_OBJECT_ATTRIBUTES,
    call_unsafe_wdf_function_binding,
};

use crate::device;

/// Where Windows enters the driver, after the framework's stub has bound it.
///
/// # Safety
///
/// Windows calls it once, at `PASSIVE_LEVEL`, with its driver object and the path of its registry
/// key ("nc-wdm-driver_initialize").
#[unsafe(export_name = "DriverEntry")]
unsafe extern "system" fn driver_entry(
    driver: PDRIVER_OBJECT,
    registry_path: PCUNICODE_STRING,
) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG {
        Size: device::size::<WDF_DRIVER_CONFIG>(),
        EvtDriverDeviceAdd: Some(device::add),
        ..WDF_DRIVER_CONFIG::default()
    };
    // SAFETY: The driver object and the path are those of this call, the configuration lives through
    // the call, and no handle is asked for (nf-wdfdriver-wdfdrivercreate).
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
