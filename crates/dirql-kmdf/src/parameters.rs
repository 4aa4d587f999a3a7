//! A value of the service's `Parameters` key.

use core::ptr;

use wdk_sys::{NTSTATUS, UNICODE_STRING, WDFDRIVER, call_unsafe_wdf_function_binding};

use crate::status::check;

/// The longest name of a value.
const NAME_MAX: usize = 16;

/// A number by its name; 0 where there is none.
///
/// # Safety
///
/// `driver` is the driver of the running callback, at `PASSIVE_LEVEL`.
///
/// # Errors
///
/// The framework's, where there is no key.
pub unsafe fn number(driver: WDFDRIVER, name: &str) -> Result<u32, NTSTATUS> {
    const KEY_READ: u32 = 0x2_0019;
    let mut key = ptr::null_mut();
    // SAFETY: The driver is live, the result lives through the call (nf-wdfdriver-wdfdriveropenparametersregistrykey).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDriverOpenParametersRegistryKey,
            driver,
            KEY_READ,
            ptr::null_mut(),
            &raw mut key
        )
    })?;
    let mut units = [0_u16; NAME_MAX];
    for (unit, byte) in units.iter_mut().zip(name.bytes()) {
        *unit = byte.into();
    }
    let length = u16::try_from(2 * name.len().min(NAME_MAX)).unwrap_or(0);
    let name = UNICODE_STRING {
        Length: length,
        MaximumLength: length,
        Buffer: units.as_mut_ptr(),
    };
    let mut value = 0;
    // SAFETY: The key is open, name and result live through the call (nf-wdfregistry-wdfregistryqueryulong).
    let found = unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRegistryQueryULong,
            key,
            &raw const name,
            &raw mut value
        )
    };
    // SAFETY: The key is open and not used any more (nf-wdfregistry-wdfregistryclose).
    unsafe { call_unsafe_wdf_function_binding!(WdfRegistryClose, key) };
    Ok(check(found).map_or(0, |()| value))
}
