//! Where the results of the measured calls end: in registers.
//!
//! `black_box` would store them, two words for what may be none and one for what may not, which is no part of a call.

use core::{
    arch::asm,
    mem::{MaybeUninit, transmute},
};

/// Takes a result that may be none. No instruction is left of it.
#[inline]
pub(crate) fn option(result: Option<u64>) {
    // SAFETY: The result has the size of two words, which the compiler checks, and these may be anything.
    let [first, second] = unsafe { transmute::<Option<u64>, [MaybeUninit<u64>; 2]>(result) };
    word(first);
    word(second);
}

/// Takes a word. No instruction is left of it.
#[inline]
pub(crate) fn word(value: MaybeUninit<u64>) {
    // SAFETY: Nothing is executed.
    unsafe { asm!("/* {0} */", in(reg) value, options(nomem, nostack, preserves_flags)) };
}
