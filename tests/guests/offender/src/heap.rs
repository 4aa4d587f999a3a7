//! The heap of the Rust library: pool, as a driver has it that uses `Box`.

use core::alloc::{GlobalAlloc, Layout};

use wdk_sys::ntddk::ExAllocatePool2;

use crate::deeds::pool::{self, NON_PAGED, TAG};

/// Non-paged pool. No type of this driver asks for more than the 16 bytes of alignment that pool has.
struct Pool;

// SAFETY: Pool is aligned to 16 bytes, fresh at each allocation, and freed once by who owns it
// (nf-wdm-exallocatepool2).
unsafe impl GlobalAlloc for Pool {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocate(layout.size() as u64)
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        release(memory);
    }
}

#[global_allocator]
static HEAP: Pool = Pool;

fn allocate(size: u64) -> *mut u8 {
    // SAFETY: The flags name one pool, size and tag are not 0; the IRQL is the caller's matter
    // (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(NON_PAGED, size, TAG) };
    memory.cast()
}

fn release(memory: *mut u8) {
    pool::free(memory.cast());
}
