//! `DriverEntry`: tells the framework where devices are added.

use core::ptr;

#[doc(hidden)]
pub use wdk_sys::{NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT};
use wdk_sys::{
    PFN_WDF_DRIVER_DEVICE_ADD, WDF_DRIVER_CONFIG, WDF_NO_OBJECT_ATTRIBUTES,
    call_unsafe_wdf_function_binding,
};

use crate::structure::size;

/// Makes `DriverEntry` of the function that adds a device, an `EvtDriverDeviceAdd`.
#[macro_export]
macro_rules! driver_entry {
    ($add:path) => {
        /// Where Windows enters the driver, after the framework's stub has bound it.
        ///
        /// # Safety
        ///
        /// Windows calls it once, at `PASSIVE_LEVEL`, with its driver object and the path of its registry
        /// key ("nc-wdm-driver_initialize").
        #[unsafe(export_name = "DriverEntry")]
        unsafe extern "system" fn driver_entry(
            driver: $crate::entry::PDRIVER_OBJECT,
            registry_path: $crate::entry::PCUNICODE_STRING,
        ) -> $crate::entry::NTSTATUS {
            // SAFETY: The driver object and the path are those of this call.
            unsafe { $crate::entry::create(driver, registry_path, Some($add)) }
        }
    };
}

/// Makes the framework's driver object.
///
/// # Safety
///
/// The caller is `DriverEntry`, with its arguments, and the framework may call `add`.
pub unsafe fn create(
    driver: PDRIVER_OBJECT,
    registry_path: PCUNICODE_STRING,
    add: PFN_WDF_DRIVER_DEVICE_ADD,
) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG {
        Size: size::<WDF_DRIVER_CONFIG>(),
        EvtDriverDeviceAdd: add,
        ..WDF_DRIVER_CONFIG::default()
    };
    // SAFETY: The driver object and the path are those of `DriverEntry`, the configuration lives through
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
