//! `__chkstk`: what a function with more than a page of locals calls before it lowers its stack.
//!
//! The size is in rax; every register but the flags comes back as it was. It touches each page on the way
//! down, so that a stack that is too small faults at its guard and not beyond.

use core::arch::global_asm;

global_asm!(
    ".globl __chkstk",
    "__chkstk:",
    "push r10",
    "push r11",
    // Above the two registers is the return address, and above that the caller's stack.
    "lea r10, [rsp + 24]",
    "mov r11, rax",
    "2:",
    "cmp r11, 4096",
    "jb 3f",
    "sub r10, 4096",
    "test byte ptr [r10], 0",
    "sub r11, 4096",
    "jmp 2b",
    "3:",
    "sub r10, r11",
    "test byte ptr [r10], 0",
    "pop r11",
    "pop r10",
    "ret",
);
