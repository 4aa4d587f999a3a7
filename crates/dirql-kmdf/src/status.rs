//! The NTSTATUS values that drivers answer with, and what becomes of one.

use wdk_sys::NTSTATUS;
pub use wdk_sys::{
    STATUS_CANCELLED as CANCELLED, STATUS_DEVICE_CONFIGURATION_ERROR as DEVICE_CONFIGURATION_ERROR,
    STATUS_DEVICE_NOT_READY as DEVICE_NOT_READY, STATUS_DEVICE_REMOVED as DEVICE_REMOVED,
    STATUS_INSUFFICIENT_RESOURCES as INSUFFICIENT_RESOURCES,
    STATUS_INVALID_DEVICE_REQUEST as INVALID_DEVICE_REQUEST,
    STATUS_INVALID_PARAMETER as INVALID_PARAMETER, STATUS_SUCCESS as SUCCESS,
};

/// The status as a result: `NT_SUCCESS`.
///
/// # Errors
///
/// The status, where it is a failure.
pub const fn check(status: NTSTATUS) -> Result<(), NTSTATUS> {
    if status >= 0 { Ok(()) } else { Err(status) }
}

/// The result as a status.
#[must_use]
pub fn of(result: Result<(), NTSTATUS>) -> NTSTATUS {
    result.map_or_else(|status| status, |()| SUCCESS)
}
