//! The end of a panic: a fast fail, which is an instruction and so needs no import.

use core::{arch::asm, panic::PanicInfo};

/// `FAST_FAIL_FATAL_APP_EXIT` of winnt.h.
const FATAL_EXIT: u32 = 7;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: `int 29h` is `__fastfail`: in kernel mode it stops the machine with
    // KERNEL_SECURITY_CHECK_FAILURE, whose first parameter is the code in ecx. It does not return.
    unsafe { asm!("int 0x29", in("ecx") FATAL_EXIT, options(noreturn, nostack)) }
}

/// What code that was compiled to unwind names as its handler. Nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn __CxxFrameHandler3() -> i32 {
    0
}
