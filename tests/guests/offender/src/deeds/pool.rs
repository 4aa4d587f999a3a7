//! Pool: kept, freed twice, overrun, freed by another tag, written after it was freed.

use core::hint::black_box;

use wdk_sys::{
    PVOID,
    ntddk::{ExAllocatePool2, ExFreePoolWithTag},
};

use crate::{
    call::{Call, Outcome},
    status,
};

/// `POOL_FLAG_NON_PAGED` and `POOL_FLAG_PAGED`.
const NON_PAGED: u64 = 0x40;
pub(crate) const PAGED: u64 = 0x100;

pub(crate) const TAG: u32 = u32::from_le_bytes(*b"Offd");
const OTHER_TAG: u32 = u32::from_le_bytes(*b"Oops");

const LENGTH: u64 = 24;

/// Frees what was allocated with [`TAG`].
pub(crate) fn free(memory: PVOID) {
    if !memory.is_null() {
        // SAFETY: The caller gives up an allocation with this tag (nf-wdm-exfreepoolwithtag).
        unsafe { ExFreePoolWithTag(memory, TAG) };
    }
}

/// Gives fresh memory to `body`.
fn with_memory(body: impl FnOnce(PVOID)) -> Outcome {
    // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(NON_PAGED, LENGTH, TAG) };
    if memory.is_null() {
        return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
    }
    body(black_box(memory));
    Outcome::Done
}

pub(crate) fn leak(_: &Call) -> Outcome {
    // SAFETY: The allocation is good; that nobody frees it is what is broken.
    // breaks: pool-leak
    let memory = unsafe { ExAllocatePool2(NON_PAGED, LENGTH, TAG) };
    let _ = black_box(memory);
    Outcome::Done
}

pub(crate) fn no_leak(_: &Call) -> Outcome {
    with_memory(free)
}

pub(crate) fn double_free(_: &Call) -> Outcome {
    with_memory(|memory| {
        free(memory);
        // SAFETY: The memory was freed above.
        // breaks: pool-double-free
        unsafe { ExFreePoolWithTag(memory, TAG) };
    })
}

pub(crate) fn two_frees(call: &Call) -> Outcome {
    no_leak(call);
    no_leak(call)
}

/// The byte `offset` behind the beginning.
fn byte(memory: PVOID, offset: u64) -> *mut u8 {
    memory
        .cast::<u8>()
        .wrapping_add(usize::try_from(offset).unwrap_or(0))
}

pub(crate) fn overrun(_: &Call) -> Outcome {
    with_memory(|memory| {
        // SAFETY: The byte is the first behind the allocation.
        unsafe { byte(memory, LENGTH).write_volatile(1) };
        // SAFETY: The allocation is this driver's; the free finds what was written behind it.
        // breaks: pool-overrun
        unsafe { ExFreePoolWithTag(memory, TAG) };
    })
}

pub(crate) fn full(_: &Call) -> Outcome {
    with_memory(|memory| {
        // SAFETY: The byte is the last of the allocation.
        unsafe { byte(memory, LENGTH - 1).write_volatile(1) };
        free(memory);
    })
}

pub(crate) fn wrong_tag(_: &Call) -> Outcome {
    with_memory(|memory| {
        // SAFETY: The allocation is this driver's, but has another tag.
        // breaks: pool-tag
        unsafe { ExFreePoolWithTag(memory, OTHER_TAG) };
    })
}

pub(crate) fn right_tag(_: &Call) -> Outcome {
    with_memory(free)
}

pub(crate) fn use_after_free(_: &Call) -> Outcome {
    with_memory(|memory| {
        // SAFETY: The allocation is this driver's, and is used below all the same.
        // breaks: pool-use-after-free
        unsafe { ExFreePoolWithTag(memory, TAG) };
        // SAFETY: The memory was freed above.
        unsafe { byte(memory, 3).write_volatile(1) };
    })
}

pub(crate) fn use_before_free(_: &Call) -> Outcome {
    with_memory(|memory| {
        // SAFETY: The byte is within the allocation.
        unsafe { byte(memory, 3).write_volatile(1) };
        free(memory);
    })
}
