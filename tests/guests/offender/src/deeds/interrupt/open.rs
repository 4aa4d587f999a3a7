//! What no page settles: done, and answered by what came of it.

use core::{
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use wdk_sys::{
    BOOLEAN, PKINTERRUPT, PVOID,
    ntddk::{IoReportInterruptActive, IoReportInterruptInactive, KeSynchronizeExecution},
};

use super::{
    connection::{Connection, until_claimed},
    life::reported,
    synchronize::nothing,
};
use crate::call::{Call, Outcome};

/// # Safety
///
/// A synchronize routine that uses no context.
unsafe extern "C" fn refuse(_: PVOID) -> BOOLEAN {
    0
}

/// Answers with what a routine that returns FALSE was to its caller.
pub(crate) fn returns_false(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        let said = connection.synchronize(refuse, ptr::null_mut());
        connection.disconnect();
        Outcome::Answer(said.into())
    });
    answer.into()
}

/// # Safety
///
/// A synchronize routine whose context is an [`AtomicU32`].
unsafe extern "C" fn count(counter: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let counter = unsafe { &*counter.cast::<AtomicU32>() };
    counter.fetch_add(1, Ordering::Relaxed);
    7
}

/// Synchronizes with an interrupt that is reported inactive.
pub(crate) fn inactive_synchronize(call: &Call) -> Outcome {
    let answer = Connection::new(call, 1).map(|connection| {
        let ran = &call.context.service.during;
        ran.store(0, Ordering::Relaxed);
        let mut parameters = reported(&connection);
        // SAFETY: The interrupt is connected (nf-wdm-ioreportinterruptinactive).
        unsafe { IoReportInterruptInactive(&raw mut parameters) };
        let said = connection.synchronize(count, (&raw const *ran).cast_mut().cast());
        // SAFETY: As above (nf-wdm-ioreportinterruptactive).
        unsafe { IoReportInterruptActive(&raw mut parameters) };
        connection.disconnect();
        Outcome::Answer(ran.load(Ordering::Relaxed) | u32::from(said) << 8)
    });
    answer.into()
}

/// Another interrupt object, and how many routines ran.
struct Other<'a> {
    object: PKINTERRUPT,
    ran: &'a AtomicU32,
}

/// Synchronizes with another interrupt object.
///
/// # Safety
///
/// A synchronize routine whose context is an [`Other`].
unsafe extern "C" fn reach_over(other: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let other = unsafe { &*other.cast::<Other<'_>>() };
    other.ran.fetch_add(1, Ordering::Relaxed);
    // SAFETY: The interrupt is connected, and its SynchronizeIrql is that of the object whose routine this
    // is (nf-wdm-kesynchronizeexecution).
    let said = unsafe { KeSynchronizeExecution(other.object, Some(nothing), ptr::null_mut()) };
    other.ran.fetch_add(u32::from(said), Ordering::Relaxed);
    said
}

/// Two objects without a lock of the driver's, a routine of the one inside one of the other.
pub(crate) fn null_locks(call: &Call) -> Outcome {
    let ran = AtomicU32::new(0);
    let first = match Connection::with(call, 1, ptr::null_mut()) {
        Ok(first) => first,
        Err(status) => return Outcome::Failed(status),
    };
    let second = Connection::with(call, 1, ptr::null_mut()).map(|second| {
        let mut other = Other {
            object: second.object(),
            ran: &ran,
        };
        first.synchronize(reach_over, (&raw mut other).cast());
        second.disconnect();
        Outcome::Answer(ran.load(Ordering::Relaxed))
    });
    first.disconnect();
    second.into()
}

/// Connects by the line, where the device may have a message.
pub(crate) fn line_of_message(call: &Call) -> Outcome {
    match Connection::by_line(call) {
        Ok(connection) => {
            connection.service.raise(1);
            until_claimed(&connection, 1);
            connection.disconnect();
            Outcome::Answer(0)
        }
        Err(status) => Outcome::Answer(status.cast_unsigned()),
    }
}
