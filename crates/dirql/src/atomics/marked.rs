//! The crate's own plain loads and stores of atomics, each marked in the image.
//!
//! The crate's atomics stand where a driver puts them: in framework contexts, in statics, in the fields of its own
//! types. A driver that had to declare them would have to know them. So the instruction is declared instead
//! of the memory: it is written in assembly, and an entry of the table in [`SECTION`](super::SECTION) has its
//! address. An access by any other instruction to the same memory is not excused. Read-modify-writes need no mark,
//! for their prefix shows them.
//!
//! Only drivers' images for x64 Windows have the marks. Everywhere else `access.rs` has the operations of `core`.

use core::sync::atomic::{AtomicU32, AtomicU64};

/// The instruction and its entry: `base`, then `kind`, `tag`, `size`, `offset`, `length` and the reserved word
/// of [`Entry`](super::Entry).
macro_rules! marked {
    ($instruction:literal, $length:literal, $($operands:tt)*) => {
        core::arch::asm!(
            concat!("2: ", $instruction),
            ".pushsection .atomics, \"dr\"",
            ".quad 2b",
            concat!(".long 4, 0, ", $length, ", 0, ", $length, ", 0"),
            ".popsection",
            $($operands)*
            options(nostack, preserves_flags),
        )
    };
}

/// The value of `word`, with acquire ordering.
#[inline]
pub(crate) fn load(word: &AtomicU32) -> u32 {
    let value: u32;
    // SAFETY: The address is that of a live, aligned atomic. An aligned `mov` of four bytes is atomic and a load of
    // x64 acquires (Intel SDM, volume 3, "Guaranteed Atomic Operations" and "Memory Ordering"). The compiler
    // moves no access over it, for the block may read and write any memory. It touches neither stack nor flags.
    unsafe {
        marked!("mov {value:e}, dword ptr [{at}]", 4, at = in(reg) word.as_ptr(), value = out(reg) value,);
    }
    value
}

/// The value of `word`, with acquire ordering.
#[inline]
pub(crate) fn load_wide(word: &AtomicU64) -> u64 {
    let value: u64;
    // SAFETY: As in `load`, for eight bytes.
    unsafe {
        marked!("mov {value}, qword ptr [{at}]", 8, at = in(reg) word.as_ptr(), value = out(reg) value,);
    }
    value
}

/// Writes `value` to `word`, with release ordering.
#[inline]
pub(crate) fn store(word: &AtomicU32, value: u32) {
    // SAFETY: As in `load`; a store of x64 releases.
    unsafe {
        marked!("mov dword ptr [{at}], {value:e}", 4, at = in(reg) word.as_ptr(), value = in(reg) value,);
    }
}
