//! The lock under which the kernel calls an ISR: held by its own processor, overwritten, or none at all.

use core::hint::black_box;

use wdk_sys::ntddk::{KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock};

use super::connection::{Connection, connected, until_claimed};
use crate::{
    call::{Call, Outcome},
    deeds::lock::Lock,
};

/// Another processor may take an interrupt, and wait for the lock; but not each.
const INTERRUPTS: u32 = 64;

pub(crate) fn takes_interrupt_lock(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let lock = connection.service.lock.get();
        for turn in 1..=INTERRUPTS {
            // SAFETY: The lock is initialised and not held; that it is taken below the level of its interrupt, which
            // may arrive on this processor, is what is broken.
            // breaks: isr-lock-taken
            let old = unsafe { KeAcquireSpinLockRaiseToDpc(lock) };
            connection.service.raise(1);
            (0..100_u32).for_each(|step| {
                let _ = black_box(step);
            });
            // SAFETY: The lock is held (nf-wdm-kereleasespinlock).
            unsafe { KeReleaseSpinLock(lock, old) };
            until_claimed(connection, turn);
        }
    })
}

pub(crate) fn overwrites_lock(call: &Call) -> Outcome {
    // breaks: isr-lock-overwritten
    let connection = match Connection::new(call, 1) {
        Ok(connection) => connection,
        Err(status) => return Outcome::Failed(status),
    };
    // SAFETY: The memory is the driver's own; that it is a lock already is what is broken.
    unsafe { connection.service.lock.get().write_volatile(0xAAAA_AAAA) };
    connection.service.raise(1);
    until_claimed(&connection, 1);
    connection.disconnect();
    Outcome::Done
}

pub(crate) fn connects_raw_lock(call: &Call) -> Outcome {
    let lock = Lock::new();
    // breaks: isr-lock-not-initialised
    let connection = match Connection::with(call, 1, lock.get()) {
        Ok(connection) => connection,
        Err(status) => return Outcome::Failed(status),
    };
    connection.service.raise(1);
    until_claimed(&connection, 1);
    connection.disconnect();
    Outcome::Done
}
