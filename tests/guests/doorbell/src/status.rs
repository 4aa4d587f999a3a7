//! The NTSTATUS values that the driver answers with (ntstatus.h).

use wdk_sys::NTSTATUS;

/// Done.
pub(crate) const SUCCESS: NTSTATUS = 0;
/// A value or a length out of range.
pub(crate) const INVALID_PARAMETER: NTSTATUS = from_bits(0xC000_000D);
/// A code that the driver does not have.
pub(crate) const INVALID_DEVICE_REQUEST: NTSTATUS = from_bits(0xC000_0010);
/// The device went away.
pub(crate) const DEVICE_REMOVED: NTSTATUS = from_bits(0xC000_02B6);
/// The reader went away.
pub(crate) const CANCELLED: NTSTATUS = from_bits(0xC000_0120);

/// NTSTATUS is signed, so that failures are negative.
const fn from_bits(bits: u32) -> NTSTATUS {
    bits.cast_signed()
}

/// `NT_SUCCESS`.
pub(crate) const fn succeeded(status: NTSTATUS) -> bool {
    status >= 0
}
