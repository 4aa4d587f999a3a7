//! The device's interrupt: claimed and not served, left connected, disconnected twice, and what
//! `KeSynchronizeExecution` forbids.

mod connection;
mod isr_lock;
mod life;
mod open;
pub(crate) mod program;
mod service;
mod shared;
mod synchronize;

use core::{hint::black_box, sync::atomic::Ordering};

use crate::{
    call::{Call, Outcome},
    irql::{self, HIGH},
};
use connection::{Connection, connected, until_claimed};
pub(crate) use isr_lock::{connects_raw_lock, overwrites_lock, takes_interrupt_lock};
pub(crate) use life::{
    disconnect_computing, disconnect_silent, disconnect_twice, disconnect_while_isr_spins,
    leave_connected, report, report_late, rest_computing, rest_silent,
};
pub(crate) use open::{inactive_synchronize, line_of_message, null_locks, returns_false};
pub(crate) use service::Service;
pub(crate) use shared::{acknowledge, ask, not_mine, peek, statistics};
pub(crate) use synchronize::{
    long_synchronize, synchronize, synchronize_again, synchronize_high, synchronize_lowered,
    synchronize_nested, synchronize_nothing, synchronize_raised, synchronize_short,
    synchronize_too_long,
};

pub(crate) fn honest(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 1);
    })
}

pub(crate) fn connect_nothing(call: &Call) -> Outcome {
    Connection::of_nothing(call).map(|()| Outcome::Done).into()
}

pub(crate) fn connect_to_nowhere(call: &Call) -> Outcome {
    Connection::to_nowhere(call).map(|()| Outcome::Done).into()
}

pub(crate) fn deaf(call: &Call) -> Outcome {
    connected(call, u32::MAX, |connection| {
        connection.service.raise(1);
        until_claimed(connection, u32::MAX);
    })
}

pub(crate) fn lazy(call: &Call) -> Outcome {
    connected(call, 3, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 3);
    })
}

fn raise_thrice(service: &Service) {
    for cause in [1, 2, 4] {
        service.raise(cause);
        (0..200_u32).for_each(|step| {
            let _ = black_box(step);
        });
    }
}

pub(crate) fn masked_raises(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        irql::at(HIGH, || raise_thrice(connection.service));
        until_claimed(connection, 1);
    })
}

pub(crate) fn open_raises(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        raise_thrice(connection.service);
        until_claimed(connection, 1);
    })
}

/// The ISR raises a cause itself, behind its acknowledgement.
pub(crate) fn edge_in_service(call: &Call) -> Outcome {
    call.context.service.raises.store(2, Ordering::Relaxed);
    connected(call, 1, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 2);
    })
}

/// Two interrupt objects of one interrupt.
pub(crate) fn two_objects(call: &Call) -> Outcome {
    let second = match Connection::new(call, 1) {
        Ok(second) => second,
        Err(outcome) => return Outcome::Failed(outcome),
    };
    let answer = connected(call, 1, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 1);
    });
    second.disconnect();
    answer
}

/// The ISR takes long, and causes are raised meanwhile.
pub(crate) fn slow_service(call: &Call) -> Outcome {
    call.context.service.lingers.store(true, Ordering::Relaxed);
    let answer = connected(call, 1, |connection| {
        for _ in 0..6 {
            raise_thrice(connection.service);
        }
        until_claimed(connection, 2);
    });
    call.context.service.lingers.store(false, Ordering::Relaxed);
    answer
}
