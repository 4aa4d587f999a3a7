//! What the ISR and the thread that connected it share without atomics: under the interrupt lock, or
//! against the rule.

use core::ptr;

use wdk_sys::{BOOLEAN, PVOID};

use super::{
    connection::{Connection, connected, until_claimed},
    service::Service,
};
use crate::call::{Call, Outcome};

/// The causes that are raised, one after the other.
const CAUSES: [u32; 3] = [1, 2, 4];

/// # Safety
///
/// A synchronize routine whose context is a [`Service`].
unsafe extern "C" fn forget_seen(service: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let service = unsafe { &*service.cast::<Service>() };
    service.seen.0.set(0);
    1
}

/// What a look under the lock brings out. What `KeSynchronizeExecution` returns is not it: the pages leave open
/// whether that is the routine's answer.
struct Look<'a> {
    service: &'a Service,
    saw_all: bool,
}

/// # Safety
///
/// A synchronize routine whose context is a [`Look`].
unsafe extern "C" fn look(context: PVOID) -> BOOLEAN {
    // SAFETY: This function's contract.
    let look = unsafe { &mut *context.cast::<Look<'_>>() };
    look.saw_all = look.service.seen.0.get() == CAUSES.iter().sum();
    1
}

/// Raises each cause, and waits until the ISR has seen all.
fn raise_all(connection: &Connection) {
    let service = connection.service;
    let context: PVOID = (&raw const *service).cast_mut().cast();
    connection.synchronize(forget_seen, context);
    for cause in CAUSES {
        service.raise(cause);
    }
    let mut seen = Look {
        service,
        saw_all: false,
    };
    while !seen.saw_all {
        connection.synchronize(look, (&raw mut seen).cast());
    }
}

/// The ISR acknowledges exactly what it has read, and writes down what that was, under its lock alone.
pub(crate) fn acknowledge(call: &Call) -> Outcome {
    match connected(call, 1, raise_all) {
        Outcome::Answer(_) => Outcome::Answer(CAUSES.iter().sum()),
        failed => failed,
    }
}

/// Reads what the ISR writes down, without its lock.
pub(crate) fn peek(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let service = connection.service;
        service.raise(1);
        until_claimed(connection, 1);
        service.raise(2);
        // breaks: race-with-isr
        service.seen.0.set(0);
        until_claimed(connection, 2);
    })
}

/// Does it under the lock.
pub(crate) fn ask(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        let context: PVOID = (&raw const *connection.service).cast_mut().cast();
        connection.service.raise(1);
        until_claimed(connection, 1);
        connection.service.raise(2);
        connection.synchronize(forget_seen, context);
        until_claimed(connection, 2);
    })
}

/// Reads the ISR's counter without the lock, while it counts.
pub(crate) fn statistics(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        for (turn, cause) in (1..).zip(CAUSES) {
            connection.service.raise(cause);
            until_claimed(connection, turn);
        }
    })
}

/// Connects while the line is a neighbour's, or a message means nothing: the ISR says that it is not its
/// device's.
pub(crate) fn not_mine(call: &Call) -> Outcome {
    let service = &call.context.service;
    let before = service.declined();
    let outcome = connected(call, 1, |connection| {
        connection.synchronize(super::synchronize::nothing, ptr::null_mut());
    });
    match outcome {
        Outcome::Answer(_) => Outcome::Answer(service.declined() - before),
        failed => failed,
    }
}
