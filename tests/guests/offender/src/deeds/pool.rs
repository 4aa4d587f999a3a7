//! Pool: kept, freed twice, overrun, freed by another tag, written after it was freed; and what is
//! pageable, touched where nothing can be paged in.

use core::hint::black_box;

use guest::status;
use wdk_sys::{
    KIRQL, PVOID, UNICODE_STRING,
    ntddk::{ExAllocatePool2, ExFreePoolWithTag, RtlCopyUnicodeString},
};

use crate::{
    call::{Call, Outcome},
    irql::{self, DISPATCH, HIGH},
};

/// `POOL_FLAG_NON_PAGED` and `POOL_FLAG_PAGED`.
pub(crate) const NON_PAGED: u64 = 0x40;
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
pub(super) fn with_memory(body: impl FnOnce(PVOID)) -> Outcome {
    // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(NON_PAGED, LENGTH, TAG) };
    if memory.is_null() {
        return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
    }
    body(black_box(memory));
    Outcome::Done
}

pub(crate) fn leak(_: &Call) -> Outcome {
    // SAFETY: The allocation is good; that nothing frees it is what is broken.
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
        // breaks: pool-overrun
        unsafe { byte(memory, LENGTH).write_volatile(1) };
        free(memory);
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
        free(memory);
        // SAFETY: The memory was freed above.
        // breaks: pool-use-after-free
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

/// Writes to paged pool, which is good for that at `PASSIVE_LEVEL`.
fn with_paged(write: impl FnOnce(*mut u8)) -> Outcome {
    // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(PAGED, LENGTH, TAG) };
    if memory.is_null() {
        return Outcome::Failed(status::INSUFFICIENT_RESOURCES);
    }
    write(black_box(memory).cast());
    free(memory);
    Outcome::Done
}

pub(crate) fn paged_touched_raised(_: &Call) -> Outcome {
    with_paged(|byte| {
        irql::at(DISPATCH, || {
            // SAFETY: The byte is the allocation's own, but may be paged out.
            // breaks: pageable-pool
            unsafe { byte.write_volatile(1) };
        });
    })
}

pub(crate) fn paged_touched(_: &Call) -> Outcome {
    with_paged(|byte| {
        irql::at(DISPATCH, || {});
        // SAFETY: The byte is the allocation's own, and the caller is at PASSIVE_LEVEL.
        unsafe { byte.write_volatile(1) };
    })
}

/// Code that NT may page out.
#[unsafe(link_section = "PAGE")]
#[inline(never)]
// breaks: pageable-code
extern "C" fn pageable(value: u32) -> u32 {
    black_box(value).wrapping_add(1)
}

pub(crate) fn pageable_raised(_: &Call) -> Outcome {
    irql::at(DISPATCH, || black_box(pageable(black_box(1))));
    Outcome::Done
}

pub(crate) fn pageable_called(_: &Call) -> Outcome {
    let _ = black_box(pageable(black_box(1)));
    Outcome::Done
}

/// Copies a string into four bytes at `to`, at an IRQL where nothing can be paged in.
fn copy_string(level: KIRQL, to: *mut u8) {
    let text = [u16::from(b'o'), u16::from(b'k')];
    let source = UNICODE_STRING {
        Length: 4,
        MaximumLength: 4,
        Buffer: (&raw const text).cast_mut().cast(),
    };
    let mut target = UNICODE_STRING {
        Length: 0,
        MaximumLength: 4,
        Buffer: to.cast(),
    };
    irql::at(level, || {
        // SAFETY: Both strings are whole and live through the call; whether they are resident is the caller's matter
        // (nf-wdm-rtlcopyunicodestring).
        // breaks: string-pageable
        unsafe { RtlCopyUnicodeString(&raw mut target, &raw const source) };
    });
    let _ = black_box(target);
}

pub(crate) fn copy_paged_raised(_: &Call) -> Outcome {
    with_paged(|byte| copy_string(DISPATCH, byte))
}

pub(crate) fn copy_resident_raised(_: &Call) -> Outcome {
    let mut room = [0_u16; 2];
    copy_string(HIGH, room.as_mut_ptr().cast());
    let _ = black_box(room);
    Outcome::Done
}
