//! NTSTATUS values: the framework's signed ones, and those of the contract.

use dirql_ioctl::Status;
use wdk_sys::{NT_SUCCESS, NTSTATUS};

/// Turns a status into a result; warnings count as failures, as `NT_SUCCESS` has it.
pub(crate) const fn check(status: NTSTATUS) -> Result<(), NTSTATUS> {
    if NT_SUCCESS(status) {
        Ok(())
    } else {
        Err(status)
    }
}

/// The status of a callback that ends with `result`.
pub(crate) const fn of(result: Result<(), NTSTATUS>) -> NTSTATUS {
    match result {
        Ok(()) => wdk_sys::STATUS_SUCCESS,
        Err(status) => status,
    }
}

/// The NTSTATUS of a status of the contract.
pub(crate) const fn ntstatus(status: Status) -> NTSTATUS {
    status.0.cast_signed()
}
