//! What stops a processor: a panic, a null pointer, an instruction that is none, or that uses what is
//! not the driver's.

use core::{arch::asm, hint::black_box, ptr};

use crate::{
    call::{Call, Outcome},
    deeds::pool,
};

static VALUES: [u32; 4] = [2, 3, 5, 7];

pub(crate) fn panics(_: &Call) -> Outcome {
    let index = black_box(VALUES.len());
    // breaks: panic
    let value = VALUES[index];
    Outcome::Answer(value)
}

pub(crate) fn returns(_: &Call) -> Outcome {
    let index = black_box(VALUES.len());
    let value = VALUES.get(index).copied();
    let _ = black_box(value);
    Outcome::Done
}

pub(crate) fn null(_: &Call) -> Outcome {
    let pointer = black_box(ptr::null::<u32>());
    // SAFETY: The pointer is null.
    // breaks: null
    let value = unsafe { pointer.read_volatile() };
    let _ = black_box(value);
    Outcome::Done
}

pub(crate) fn not_null(_: &Call) -> Outcome {
    let pointer = black_box(&raw const VALUES[0]);
    // SAFETY: The pointer is that of a constant.
    let value = unsafe { pointer.read_volatile() };
    let _ = black_box(value);
    Outcome::Done
}

/// Calls the routine at an address.
fn call_at(address: usize) {
    // SAFETY: Where a deed gives the address of a routine it is one that takes nothing and only returns; where
    // it gives 0, that is what is broken.
    // breaks: call-of-nothing
    unsafe { asm!("call {}", in(reg) address, clobber_abi("C")) };
    let _ = black_box(address);
}

extern "C" fn only_returns() {}

pub(crate) fn calls_nothing(_: &Call) -> Outcome {
    call_at(black_box(0));
    Outcome::Done
}

pub(crate) fn calls(_: &Call) -> Outcome {
    call_at(black_box(only_returns as extern "C" fn() as usize));
    Outcome::Done
}

pub(crate) fn undefined(_: &Call) -> Outcome {
    // SAFETY: There is no such instruction.
    // breaks: instruction
    unsafe { asm!("ud2") };
    Outcome::Done
}

pub(crate) fn defined(_: &Call) -> Outcome {
    // SAFETY: The instruction does nothing.
    unsafe { asm!("nop") };
    Outcome::Done
}

pub(crate) fn calls_pool(_: &Call) -> Outcome {
    pool::with_memory(|memory| {
        /// `ret`.
        const RETURNS: u8 = 0xC3;
        // SAFETY: The memory has room for a byte.
        unsafe { memory.cast::<u8>().write_volatile(RETURNS) };
        // SAFETY: The instruction there only returns; that pool is not executable is what is broken.
        // breaks: jump-into-pool
        unsafe { asm!("call {}", in(reg) memory, clobber_abi("C")) };
    })
}

pub(crate) fn fails_fast(_: &Call) -> Outcome {
    /// `FAST_FAIL_CORRUPT_LIST_ENTRY`.
    const CORRUPT_LIST_ENTRY: u32 = 3;
    // SAFETY: It stops the machine.
    // breaks: fast-fail
    unsafe { asm!("int 0x29", in("ecx") CORRUPT_LIST_ENTRY) };
    Outcome::Done
}

pub(crate) fn asserts(_: &Call) -> Outcome {
    // SAFETY: Without a debugger it stops the machine.
    // breaks: assertion
    unsafe { asm!("int 0x2c") };
    Outcome::Done
}

pub(crate) fn extended(_: &Call) -> Outcome {
    // SAFETY: None: the registers of x87 are those of the thread that this interrupts.
    // breaks: extended-state
    unsafe { asm!("fninit") };
    Outcome::Done
}

pub(crate) fn sse(_: &Call) -> Outcome {
    // SAFETY: The register is the compiler's to give away.
    unsafe { asm!("xorps xmm0, xmm0", out("xmm0") _) };
    Outcome::Done
}
