//! `DriverEntry`: tells the framework where devices are added.

use core::ptr;

use dirql::{Passive, call_unsafe_wdf_function_binding, enter};
use wdk_sys::{
    NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, WDF_DRIVER_CONFIG, WDF_NO_OBJECT_ATTRIBUTES,
    WDFDRIVER,
};

#[cfg(feature = "pshed")]
use crate::pshed;
use crate::{add::add, context::size, status::check, trace};

/// Where Windows enters the driver, after the framework's stub has bound it.
///
/// # Safety
///
/// Windows calls it once, at `PASSIVE_LEVEL`, with its driver object and the path of its registry key.
#[unsafe(export_name = "DriverEntry")]
pub(crate) unsafe extern "system" fn driver_entry(
    driver: PDRIVER_OBJECT,
    registry_path: PCUNICODE_STRING,
) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG {
        Size: size::<WDF_DRIVER_CONFIG>(),
        EvtDriverDeviceAdd: Some(add),
        EvtDriverUnload: Some(unload),
        ..WDF_DRIVER_CONFIG::default()
    };
    // SAFETY: DriverEntry runs at PASSIVE_LEVEL; this is the only token meanwhile, and no interrupt lock is held.
    unsafe { enter::<Passive, _>(trace::start) };
    let mut handle: WDFDRIVER = ptr::null_mut();
    // SAFETY: The driver object and the path are those of this call; the configuration is complete, and it
    // and the place for the handle live through the call (nf-wdfdriver-wdfdrivercreate).
    let status = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDriverCreate,
            driver,
            registry_path,
            WDF_NO_OBJECT_ATTRIBUTES,
            &raw mut config,
            &raw mut handle,
        )
    };
    if check(status).is_err() {
        // SAFETY: As above. Nothing of the driver has run but this function.
        unsafe { enter::<Passive, _>(trace::stop) };
        return status;
    }
    #[cfg(feature = "pshed")]
    {
        // SAFETY: DriverEntry runs at PASSIVE_LEVEL; this is its only token, and no interrupt lock is held.
        unsafe { enter::<Passive, _>(|irql| pshed::start(handle, irql)) };
    }
    status
}

/// `EvtDriverUnload`: unregisters the PSHED plug-in and the provider of events. The device is gone already.
///
/// # Safety
///
/// The framework calls it once, at `PASSIVE_LEVEL`, before the image is unloaded.
unsafe extern "C" fn unload(_driver: WDFDRIVER) {
    // SAFETY: The framework calls at PASSIVE_LEVEL; this is the only token of the callback, and no
    // interrupt lock is held.
    unsafe {
        enter::<Passive, _>(|irql| {
            #[cfg(feature = "pshed")]
            pshed::stop(irql);
            trace::stop(irql);
        });
    };
}
