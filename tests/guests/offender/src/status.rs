//! The NTSTATUS values that the driver answers with (ntstatus.h).

use wdk_sys::NTSTATUS;

/// Done.
pub(crate) const SUCCESS: NTSTATUS = 0;
/// A code that the driver does not have.
pub(crate) const INVALID_DEVICE_REQUEST: NTSTATUS = from_bits(0xC000_0010);
/// The device has no registers, or not those that the deed needs.
pub(crate) const DEVICE_NOT_READY: NTSTATUS = from_bits(0xC000_00A3);
/// The client asked for the request to end.
pub(crate) const CANCELLED: NTSTATUS = from_bits(0xC000_0120);
/// No pool was left.
pub(crate) const INSUFFICIENT_RESOURCES: NTSTATUS = from_bits(0xC000_009A);

/// NTSTATUS is signed, so that failures are negative.
const fn from_bits(bits: u32) -> NTSTATUS {
    bits.cast_signed()
}

/// The status as a result.
pub(crate) const fn check(status: NTSTATUS) -> Result<(), NTSTATUS> {
    if status >= 0 { Ok(()) } else { Err(status) }
}
