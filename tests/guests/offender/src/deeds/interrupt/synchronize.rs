//! `KeSynchronizeExecution`: above its IRQL, nested, lowered, and for long.

use core::{hint::black_box, ptr, sync::atomic::Ordering};

use wdk_sys::{
    BOOLEAN, PVOID,
    ntddk::{
        KeGetCurrentIrql, KeLowerIrql, KeStallExecutionProcessor, KeSynchronizeExecution,
        KfRaiseIrql,
    },
};

use super::{
    connection::{Connection, connected, until_claimed},
    service::Service,
};
use crate::{
    call::{Call, Outcome},
    irql::{self, DISPATCH, HIGH},
};

/// # Safety
///
/// A synchronize routine that uses no context.
pub(super) unsafe extern "C" fn nothing(_: PVOID) -> BOOLEAN {
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

pub(crate) fn synchronize_nothing(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let (object, none) = (connection.object(), ptr::null_mut());
        // SAFETY: There is no routine to call.
        // breaks: synchronize-with-nothing
        let _ = unsafe { KeSynchronizeExecution(object, None, none) };
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

/// # Safety
///
/// A synchronize routine that uses no context.
unsafe extern "C" fn lower(_: PVOID) -> BOOLEAN {
    // SAFETY: At any IRQL (nf-wdm-kegetcurrentirql).
    let level = unsafe { KeGetCurrentIrql() };
    // SAFETY: The IRQL is above, but the interrupt lock is held: the ISR may now come on top of it.
    // breaks: lock-held-below-its-level
    unsafe { KeLowerIrql(DISPATCH) };
    // SAFETY: The new IRQL is not below the current one (nf-wdm-keraiseirql).
    let _ = unsafe { KfRaiseIrql(level) };
    1
}

/// # Safety
///
/// As [`lower`].
unsafe extern "C" fn raise(_: PVOID) -> BOOLEAN {
    irql::at(HIGH, || {});
    1
}

pub(crate) fn synchronize_lowered(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(lower, ptr::null_mut());
    })
}

pub(crate) fn synchronize_raised(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(raise, ptr::null_mut());
    })
}

/// Raises a cause and stays for a while.
///
/// # Safety
///
/// A synchronize routine whose context is a [`Service`].
pub(super) unsafe extern "C" fn stay(service: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let service = unsafe { &*service.cast::<Service>() };
    service.raise(1);
    (0..300_u32).for_each(|step| {
        let _ = black_box(step);
    });
    service.during.store(service.claimed(), Ordering::Relaxed);
    1
}

pub(crate) fn long_synchronize(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        let service = connection.service;
        connection.synchronize(stay, (&raw const *service).cast_mut().cast());
        until_claimed(&connection, 1);
        connection.disconnect();
        Outcome::Answer(service.during.load(Ordering::Relaxed))
    });
    answer.into()
}

/// # Safety
///
/// A synchronize routine that uses no context.
unsafe extern "C" fn stall_long(_: PVOID) -> BOOLEAN {
    // SAFETY: At any IRQL (nf-wdm-kestallexecutionprocessor).
    // breaks: dirql-time
    unsafe { KeStallExecutionProcessor(40) };
    1
}

/// # Safety
///
/// As [`stall_long`].
unsafe extern "C" fn stall_short(_: PVOID) -> BOOLEAN {
    // SAFETY: As in `stall_long`.
    unsafe { KeStallExecutionProcessor(10) };
    1
}

pub(crate) fn synchronize_too_long(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.synchronize(stall_long, ptr::null_mut());
    })
}

/// As long, in four turns.
pub(crate) fn synchronize_short(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        for _ in 0..4 {
            connection.synchronize(stall_short, ptr::null_mut());
        }
    })
}
