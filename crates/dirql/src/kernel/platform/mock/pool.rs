//! Non-paged pool: the heap of the process, aligned to 16 bytes, with a table of what is live.

use core::{alloc::Layout, cell::Cell, ptr};
use std::{
    alloc,
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
    vec::Vec,
};

use super::{
    bugcheck::{require, require_at_most},
    dpc, processor,
};
use crate::kernel::platform::DISPATCH_LEVEL;

const ALIGNMENT: usize = 16;

struct Allocation {
    memory: *mut u8,
    size: usize,
    by: ThreadId,
}

// SAFETY: The pointer is kept to be compared, and to keep the memory known; the table does not use it.
unsafe impl Send for Allocation {}

static LIVE: Mutex<Vec<Allocation>> = Mutex::new(Vec::new());

std::thread_local! {
    static SUCCESSES: Cell<u32> = const { Cell::new(0) };
    static FAILURES: Cell<u32> = const { Cell::new(0) };
}

/// Lets the next `count` allocations of this thread fail.
pub fn fail_allocations(count: u32) {
    fail_allocations_after(0, count);
}

/// Lets `count` allocations of this thread fail, after the next `successes`.
pub fn fail_allocations_after(successes: u32, count: u32) {
    SUCCESSES.set(successes);
    FAILURES.set(count);
}

/// The number of allocations that this thread has made and that nothing has freed.
#[must_use]
pub fn live_allocations() -> usize {
    let this = thread::current().id();
    live()
        .iter()
        .filter(|allocation| allocation.by == this)
        .count()
}

pub(crate) unsafe fn allocate(size: usize) -> *mut u8 {
    require_at_most(DISPATCH_LEVEL);
    require(size != 0, "ExAllocatePool2 of no bytes");
    if SUCCESSES.get() > 0 {
        SUCCESSES.set(SUCCESSES.get() - 1);
    } else if FAILURES.get() > 0 {
        FAILURES.set(FAILURES.get() - 1);
        return ptr::null_mut();
    }
    let Ok(layout) = Layout::from_size_align(size, ALIGNMENT) else {
        return ptr::null_mut();
    };
    // SAFETY: The size is not zero.
    let memory = unsafe { alloc::alloc_zeroed(layout) };
    live().push(Allocation {
        memory,
        size,
        by: thread::current().id(),
    });
    memory
}

pub(crate) unsafe fn free(memory: *mut u8, size: usize) {
    require_at_most(DISPATCH_LEVEL);
    let start = memory.addr();
    require(
        !processor::serves(start..start + size),
        "memory freed that a service routine or a DPC works on",
    );
    require(
        !dpc::waits(&(start..start + size)),
        "memory freed that a queued DPC works on",
    );
    let mut live = live();
    let found = live
        .iter()
        .position(|allocation| allocation.memory == memory && allocation.size == size);
    require(
        found.is_some(),
        "ExFreePoolWithTag of what is not allocated",
    );
    if let (Some(found), Ok(layout)) = (found, Layout::from_size_align(size, ALIGNMENT)) {
        live.swap_remove(found);
        // SAFETY: Allocated by `allocate` with this layout, and not freed since.
        unsafe { alloc::dealloc(memory, layout) };
    }
}

fn live() -> MutexGuard<'static, Vec<Allocation>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}
