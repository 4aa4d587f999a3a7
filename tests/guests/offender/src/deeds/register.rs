//! Device registers: accessed by another width than they have, or where they are not mapped.

use core::{hint::black_box, sync::atomic::Ordering};

use guest::status;
use wdk_sys::{PAGE_NOCACHE, PAGE_READWRITE, PHYSICAL_ADDRESS, PVOID, ntddk::MmMapIoSpaceEx};

use crate::{
    call::{Call, Outcome},
    hardware,
};

/// Gives a mapping of the registers, of its own, to `body`.
pub(super) fn with_mapping(call: &Call, body: impl FnOnce(PVOID)) -> Outcome {
    match call.context.physical.load(Ordering::Relaxed) {
        0 => Outcome::Failed(status::DEVICE_NOT_READY),
        physical => match hardware::map(physical) {
            Some(mapped) => {
                body(mapped);
                Outcome::Done
            }
            None => Outcome::Failed(status::INSUFFICIENT_RESOURCES),
        },
    }
}

pub(crate) fn narrow(call: &Call) -> Outcome {
    with_mapping(call, |mapped| {
        let register = mapped.cast::<u16>();
        // SAFETY: The memory is mapped, but edu's registers take 32-bit accesses.
        // breaks: register-width
        let value = unsafe { register.read_volatile() };
        let _ = black_box(value);
        hardware::unmap(mapped);
    })
}

pub(crate) fn whole(call: &Call) -> Outcome {
    with_mapping(call, |mapped| {
        // SAFETY: The memory is mapped, and the access is the register's own.
        let value = unsafe { mapped.cast::<u32>().read_volatile() };
        let _ = black_box(value);
        hardware::unmap(mapped);
    })
}

pub(crate) fn unmapped(call: &Call) -> Outcome {
    with_mapping(call, |mapped| {
        hardware::unmap(mapped);
        let register = mapped.cast::<u32>();
        // SAFETY: The registers are not mapped any more.
        // breaks: register-after-unmap
        let value = unsafe { register.read_volatile() };
        let _ = black_box(value);
    })
}

pub(crate) fn mapped(call: &Call) -> Outcome {
    whole(call)
}

pub(crate) fn leak(call: &Call) -> Outcome {
    let physical = call.context.physical.load(Ordering::Relaxed);
    if physical == 0 {
        return Outcome::Failed(status::DEVICE_NOT_READY);
    }
    let address = PHYSICAL_ADDRESS {
        QuadPart: physical.cast_signed(),
    };
    let protection = PAGE_READWRITE | PAGE_NOCACHE;
    // SAFETY: The mapping is good; that nothing unmaps it is what is broken.
    // breaks: mapping-leak
    let mapped = unsafe { MmMapIoSpaceEx(address, hardware::MAPPED, protection) };
    let _ = black_box(mapped);
    Outcome::Done
}
