//! The values of the service's `Parameters` key that concern the plug-in.

use core::ptr::null_mut;

use dirql::call_unsafe_wdf_function_binding;
use dirql::pshed::AREA_ERROR_INJECTION;
use wdk_sys::{ULONG, UNICODE_STRING, USHORT, WDF_NO_OBJECT_ATTRIBUTES, WDFDRIVER, WDFKEY};

use crate::status::check;

/// `KEY_QUERY_VALUE` of wdm.h.
const KEY_QUERY_VALUE: ULONG = 1;

/// What the plug-in is to do.
pub(super) struct Parameters {
    /// `PshedAreas`: the functional areas to take part in. The default, error injection, displaces nothing
    /// who handles errors.
    pub(super) areas: u32,
    /// `PshedAdopt`: whether sources may be kept beyond their callbacks, which rests on what no page says.
    pub(super) adopts: bool,
    /// `PshedCallersAtDispatch`: whether sources may be synchronized with from `DISPATCH_LEVEL`, which
    /// rests on the IRQL of their handlers.
    pub(super) callers_at_dispatch: bool,
    /// `PshedOwnSource`: whether the driver adds an error source of its own.
    pub(super) own_source: bool,
}

impl Parameters {
    /// Reads the values; a value that is not there is the default.
    pub(super) fn read(driver: WDFDRIVER) -> Self {
        let mut key: WDFKEY = null_mut();
        // SAFETY: The driver was created a moment ago, at PASSIVE_LEVEL, and the place for the key lives
        // through the call (nf-wdfdriver-wdfdriveropenparametersregistrykey).
        let opened = check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfDriverOpenParametersRegistryKey,
                driver,
                KEY_QUERY_VALUE,
                WDF_NO_OBJECT_ATTRIBUTES,
                &raw mut key
            )
        });
        let key = opened.ok().map(|()| key);
        let value = |name: &[u16]| key.and_then(|key| query(key, name));
        let parameters = Self {
            areas: value(&utf16(b"PshedAreas")).unwrap_or(AREA_ERROR_INJECTION),
            adopts: value(&utf16(b"PshedAdopt")) == Some(1),
            callers_at_dispatch: value(&utf16(b"PshedCallersAtDispatch")) == Some(1),
            own_source: value(&utf16(b"PshedOwnSource")) == Some(1),
        };
        if let Some(key) = key {
            // SAFETY: The key was opened above and is not used again, at PASSIVE_LEVEL
            // (nf-wdfregistry-wdfregistryclose).
            unsafe { call_unsafe_wdf_function_binding!(WdfRegistryClose, key) };
        }
        parameters
    }
}

/// The value of a `REG_DWORD`, if it is there.
fn query(key: WDFKEY, name: &[u16]) -> Option<u32> {
    let length = USHORT::try_from(size_of_val(name)).ok()?;
    let name = UNICODE_STRING {
        Length: length,
        MaximumLength: length,
        Buffer: name.as_ptr().cast_mut(),
    };
    let mut value: ULONG = 0;
    // SAFETY: The key is open, name and value live through the call, and the name is not written
    // (nf-wdfregistry-wdfregistryqueryulong).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfRegistryQueryULong,
            key,
            &raw const name,
            &raw mut value
        )
    })
    .ok()?;
    Some(value)
}

/// The UTF-16 of an ASCII name.
fn utf16<const N: usize>(name: &[u8; N]) -> [u16; N] {
    name.map(u16::from)
}
