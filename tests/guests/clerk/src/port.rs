//! The instructions that access I/O ports, as the inline routines of x64 headers have them.

use core::arch::asm;

/// # Safety
///
/// The port is one of the device's.
pub(crate) unsafe fn read_8(port: u16) -> u8 {
    let value;
    // SAFETY: This function's contract (`READ_PORT_UCHAR`).
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nostack, preserves_flags)) };
    value
}

/// # Safety
///
/// As for [`read_8`].
pub(crate) unsafe fn read_16(port: u16) -> u16 {
    let value;
    // SAFETY: This function's contract (`READ_PORT_USHORT`).
    unsafe { asm!("in ax, dx", in("dx") port, out("ax") value, options(nostack, preserves_flags)) };
    value
}

/// # Safety
///
/// As for [`read_8`].
pub(crate) unsafe fn read_32(port: u16) -> u32 {
    let value;
    // SAFETY: This function's contract (`READ_PORT_ULONG`).
    unsafe {
        asm!("in eax, dx", in("dx") port, out("eax") value, options(nostack, preserves_flags));
    };
    value
}

/// # Safety
///
/// As for [`read_8`].
pub(crate) unsafe fn write_16(port: u16, value: u16) {
    // SAFETY: This function's contract (`WRITE_PORT_USHORT`).
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nostack, preserves_flags)) };
}

/// # Safety
///
/// As for [`read_8`].
pub(crate) unsafe fn write_32(port: u16, value: u32) {
    // SAFETY: This function's contract (`WRITE_PORT_ULONG`).
    unsafe {
        asm!("out dx, eax", in("dx") port, in("eax") value, options(nostack, preserves_flags));
    };
}

/// # Safety
///
/// As for [`read_8`]; so many bytes may be written at `to`.
pub(crate) unsafe fn read_bytes(port: u16, to: *mut u8, length: usize) {
    // SAFETY: This function's contract (`READ_PORT_BUFFER_UCHAR`).
    unsafe {
        asm!("rep insb", in("dx") port, inout("rdi") to => _, inout("rcx") length => _,
            options(nostack, preserves_flags));
    };
}

/// # Safety
///
/// As for [`read_8`]; so many bytes may be read at `from`.
pub(crate) unsafe fn write_bytes(port: u16, from: *const u8, length: usize) {
    // SAFETY: This function's contract (`WRITE_PORT_BUFFER_UCHAR`).
    unsafe {
        asm!("rep outsb", in("dx") port, inout("rsi") from => _, inout("rcx") length => _,
            options(nostack, preserves_flags));
    };
}
