//! `KeSynchronizeExecution`: above its IRQL, nested, and for long.

use core::{
    hint::black_box,
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use wdk_sys::{BOOLEAN, PVOID, ntddk::KeSynchronizeExecution};

use super::{
    connection::{Connection, connected, until_claimed},
    service::Service,
};
use crate::{
    call::{Call, Outcome},
    irql::{self, HIGH},
};

/// # Safety
///
/// A synchronize routine that uses no context.
unsafe extern "C" fn nothing(_: PVOID) -> BOOLEAN {
    1
}

pub(crate) fn synchronize(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(nothing, ptr::null_mut());
    })
}

pub(crate) fn synchronize_high(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let (object, none) = (connection.object(), ptr::null_mut());
        irql::at(HIGH, || {
            // SAFETY: The caller is above the interrupt's SynchronizeIrql.
            // breaks: synchronize-above-its-irql
            let _ = unsafe { KeSynchronizeExecution(object, Some(nothing), none) };
        });
    })
}

/// # Safety
///
/// A synchronize routine of the interrupt object that its context names.
unsafe extern "C" fn nested(object: PVOID) -> BOOLEAN {
    let (object, none) = (object.cast(), ptr::null_mut());
    // SAFETY: The routine runs under the object's lock already.
    // breaks: synchronize-nested
    unsafe { KeSynchronizeExecution(object, Some(nothing), none) }
}

pub(crate) fn synchronize_nested(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(nested, connection.object().cast());
    })
}

pub(crate) fn synchronize_again(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        for _ in 0..2 {
            connection.synchronize(nothing, ptr::null_mut());
        }
    })
}

/// What [`stay`] works on.
struct Stay {
    service: &'static Service,
    /// ISRs that had claimed when the routine ended.
    claimed: AtomicU32,
}

/// Raises a cause and stays for a while.
///
/// # Safety
///
/// A synchronize routine whose context is a [`Stay`].
unsafe extern "C" fn stay(stay: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let stay = unsafe { &*stay.cast::<Stay>() };
    stay.service.raise(1);
    (0..300_u32).for_each(|step| {
        let _ = black_box(step);
    });
    stay.claimed
        .store(stay.service.claimed(), Ordering::Relaxed);
    1
}

pub(crate) fn long_synchronize(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        let staying = Stay {
            service: connection.service,
            claimed: AtomicU32::new(0),
        };
        connection.synchronize(stay, (&raw const staying).cast_mut().cast());
        until_claimed(&connection, 1);
        connection.disconnect();
        Outcome::Answer(staying.claimed.load(Ordering::Relaxed))
    });
    answer.into()
}
