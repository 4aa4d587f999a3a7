//! The C runtime's memory routines, which compiled code calls by name.
//!
//! ntoskrnl exports them, and a miniport may not import from it. They are string instructions, which no
//! optimizer takes for the routine that it is compiling. The direction flag is clear, as the calling
//! convention has it.

use core::arch::asm;

/// # Safety
///
/// `to` and `from` are valid for `length` bytes, and do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: As the caller promises; the instruction writes `length` bytes and the three registers.
    unsafe {
        asm!(
            "rep movsb",
            inout("rdi") to => _, inout("rsi") from => _, inout("rcx") length => _,
            options(nostack, preserves_flags)
        );
    }
    to
}

/// # Safety
///
/// `to` and `from` are valid for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= length {
        // SAFETY: `to` is outside of the source, or before it: a copy upwards reads each byte before it writes
        // over it.
        return unsafe { memcpy(to, from, length) };
    }
    let last_to = to.wrapping_add(length).wrapping_sub(1);
    let last_from = from.wrapping_add(length).wrapping_sub(1);
    // SAFETY: As the caller promises; `to` is inside of the source, so the copy goes downwards. The direction
    // flag is clear again at the end.
    unsafe {
        asm!(
            "std", "rep movsb", "cld",
            inout("rdi") last_to => _, inout("rsi") last_from => _, inout("rcx") length => _,
            options(nostack)
        );
    }
    to
}

/// # Safety
///
/// `to` is valid for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, length: usize) -> *mut u8 {
    // SAFETY: As the caller promises; the instruction writes `length` bytes and the two registers.
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") to => _, inout("rcx") length => _, in("eax") byte,
            options(nostack, preserves_flags)
        );
    }
    to
}

/// # Safety
///
/// `left` and `right` are valid for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, length: usize) -> i32 {
    for index in 0..length {
        // SAFETY: The index is below the length.
        let left = unsafe { left.wrapping_add(index).read_volatile() };
        // SAFETY: As above.
        let right = unsafe { right.wrapping_add(index).read_volatile() };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}
