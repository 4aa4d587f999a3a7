//! Memory that nothing initialized: it is passed, stored to the device, answered, or decides.

use core::{hint::black_box, mem::MaybeUninit};

use guest::{request, status};
use wdk_sys::{
    call_unsafe_wdf_function_binding,
    ntddk::{ExAllocatePool2, KeGetCurrentIrql, KeStallExecutionProcessor},
};

use super::{pool, register};
use crate::{
    call::{Call, Outcome},
    hardware,
};

/// `POOL_FLAG_UNINITIALIZED`.
const UNINITIALIZED: u64 = 0x2;

/// The bytes of a number.
const LENGTH: usize = 8;

/// Takes a number out of fresh pool of which `written` bytes are written.
fn number(written: usize) -> Option<u64> {
    let flags = pool::NON_PAGED | UNINITIALIZED;
    // SAFETY: The flags name one pool, length and tag are not 0 (nf-wdm-exallocatepool2).
    let memory = unsafe { ExAllocatePool2(flags, LENGTH as u64, pool::TAG) };
    if memory.is_null() {
        return None;
    }
    let bytes = memory.cast::<u8>();
    for at in 0..written {
        // SAFETY: The byte is one of the allocation.
        unsafe { bytes.wrapping_add(at).write_volatile(1) };
    }
    // SAFETY: The allocation has eight bytes and is aligned to 16; that all of them are written is the caller's matter.
    let number = unsafe { memory.cast::<u64>().read_volatile() };
    pool::free(memory);
    Some(number)
}

/// Gives such a number to `body`.
fn with_number(written: usize, body: impl FnOnce(u64) -> Outcome) -> Outcome {
    number(written).map_or(Outcome::Failed(status::INSUFFICIENT_RESOURCES), body)
}

/// The highest bits of a number, few enough for a short time.
fn microseconds(number: u64) -> u32 {
    u32::try_from(number >> 60).unwrap_or(0)
}

fn pass(written: usize) -> Outcome {
    with_number(written, |number| {
        // SAFETY: No more than a few microseconds (nf-wdm-kestallexecutionprocessor).
        // breaks: uninitialized-argument
        unsafe { KeStallExecutionProcessor(microseconds(number)) };
        Outcome::Done
    })
}

pub(crate) fn passed(_: &Call) -> Outcome {
    pass(LENGTH / 2)
}

pub(crate) fn written_and_passed(_: &Call) -> Outcome {
    pass(LENGTH)
}

/// Takes a number from the stack, which is written there or not, and gives it to `body` with where it is.
fn with_stack(writes: bool, body: impl FnOnce(u64, *mut u64)) -> Outcome {
    let mut room = MaybeUninit::<[u64; 128]>::uninit();
    let words = black_box(room.as_mut_ptr()).cast::<u64>();
    if writes {
        // SAFETY: The word is one of the array.
        unsafe { words.write_volatile(1) };
    }
    // SAFETY: The word is one of the array; that it is written is the caller's matter.
    let number = unsafe { words.read_volatile() };
    body(number, words);
    Outcome::Done
}

fn pass_from_stack(writes: bool) -> Outcome {
    with_stack(writes, |number, _| {
        // SAFETY: No more than a few microseconds (nf-wdm-kestallexecutionprocessor).
        // breaks: uninitialized-stack
        unsafe { KeStallExecutionProcessor(microseconds(number)) };
    })
}

pub(crate) fn left_on_the_stack(_: &Call) -> Outcome {
    pass_from_stack(false)
}

pub(crate) fn written_to_the_stack(_: &Call) -> Outcome {
    pass_from_stack(true)
}

/// The register that keeps whatever is stored there: its offset in words.
const LIVENESS: usize = 1;

fn store(call: &Call, written: usize) -> Outcome {
    with_number(written, |number| {
        register::with_mapping(call, |mapped| {
            let high = u32::try_from(number >> 32).unwrap_or(0);
            let register = mapped.cast::<u32>().wrapping_add(LIVENESS);
            // SAFETY: The memory is mapped, and the access is the register's own.
            // breaks: uninitialized-register
            unsafe { register.write_volatile(high) };
            hardware::unmap(mapped);
        })
    })
}

pub(crate) fn stored(call: &Call) -> Outcome {
    store(call, LENGTH / 2)
}

pub(crate) fn written_and_stored(call: &Call) -> Outcome {
    store(call, LENGTH)
}

fn answer(call: &Call, written: usize) -> Outcome {
    with_number(written, |number| {
        // SAFETY: The driver owns the request.
        let output = unsafe { request::output(call.request, LENGTH) };
        let buffer = match output {
            Ok((buffer, _)) => buffer,
            Err(status) => return Outcome::Failed(status),
        };
        // SAFETY: The buffer has room for eight bytes, lives until the request is completed, and nothing else writes it;
        // its alignment is not promised.
        unsafe { buffer.cast::<[u8; LENGTH]>().write(number.to_le_bytes()) };
        let (request, success) = (call.request, status::SUCCESS);
        // SAFETY: The driver owns the request (nf-wdfrequest-wdfrequestcompletewithinformation).
        unsafe {
            // breaks: uninitialized-output
            call_unsafe_wdf_function_binding!(
                WdfRequestCompleteWithInformation,
                request,
                success,
                8
            );
        };
        Outcome::Taken
    })
}

pub(crate) fn answered(call: &Call) -> Outcome {
    answer(call, LENGTH / 2)
}

pub(crate) fn written_and_answered(call: &Call) -> Outcome {
    answer(call, LENGTH)
}

fn decide(written: usize) -> Outcome {
    with_number(written, |number| {
        // breaks: uninitialized-branch
        if number >> 63 == 1 {
            // SAFETY: It may be called at any IRQL (nf-wdm-kegetcurrentirql).
            let _ = unsafe { KeGetCurrentIrql() };
        }
        Outcome::Done
    })
}

pub(crate) fn decided(_: &Call) -> Outcome {
    decide(LENGTH / 2)
}

pub(crate) fn written_and_decided(_: &Call) -> Outcome {
    decide(LENGTH)
}

/// So far from a stack there is nothing.
const FAR: usize = 1 << 40;

fn address(writes: bool) -> Outcome {
    with_stack(writes, |number, words| {
        let far = usize::from(number >> 63 == 1) * FAR;
        // SAFETY: The word is one of the array where the number was written.
        // breaks: uninitialized-address
        let word = unsafe { words.wrapping_byte_add(far).read_volatile() };
        let _ = black_box(word);
    })
}

pub(crate) fn addressed(_: &Call) -> Outcome {
    address(false)
}

pub(crate) fn written_and_addressed(_: &Call) -> Outcome {
    address(true)
}
