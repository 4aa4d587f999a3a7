//! What clients of the driver use: its interface, its control codes and their data.

/// The device interface: `{0D00BE11-5EED-4C1D-9A2B-2F6D3B1C7A55}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x0D00_BE11,
    0x5EED,
    0x4C1D,
    [0x9A, 0x2B, 0x2F, 0x6D, 0x3B, 0x1C, 0x7A, 0x55],
);

/// The longest chime, in bytes.
pub(crate) const CHIME_MAX: usize = 16;

/// Rings now. No data; write access.
pub(crate) const IOCTL_RING: u32 = code(0x800, WRITE);

/// Rings after some milliseconds: a `u32` from 1 to [`DELAY_MAX_MS`], little-endian. A later call
/// moves a ring that has not happened yet. Write access.
pub(crate) const IOCTL_RING_AFTER: u32 = code(0x801, WRITE);

/// Gives four `u32`, little-endian: rings, reads answered, reads cancelled, rings that nothing has
/// heard yet. Read access.
pub(crate) const IOCTL_COUNT: u32 = code(0x802, READ);

/// Completes with the next ring, however many wait for it; where the device goes away before, with
/// `STATUS_DEVICE_REMOVED`. Read access.
pub(crate) const IOCTL_AWAIT: u32 = code(0x803, READ);

/// The longest delay of [`IOCTL_RING_AFTER`], in milliseconds.
pub(crate) const DELAY_MAX_MS: u32 = 60_000;

/// The bytes that [`IOCTL_COUNT`] gives.
pub(crate) const COUNT_LEN: usize = 16;

const READ: u32 = 1;
const WRITE: u32 = 2;

/// `CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, access)`.
const fn code(function: u32, access: u32) -> u32 {
    const FILE_DEVICE_UNKNOWN: u32 = 0x22;
    (FILE_DEVICE_UNKNOWN << 16) | (access << 14) | (function << 2)
}
