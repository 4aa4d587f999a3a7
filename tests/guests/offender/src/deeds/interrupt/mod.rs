//! The device's interrupt: claimed and not served, left connected, disconnected twice, and what
//! `KeSynchronizeExecution` forbids.

mod connection;
mod life;
mod service;
mod shared;
mod synchronize;

use core::hint::black_box;

use crate::{
    call::{Call, Outcome},
    irql::{self, HIGH},
};
use connection::{connected, until_claimed};
pub(crate) use life::{disconnect_twice, leave_connected, report, report_late};
pub(crate) use service::Service;
pub(crate) use shared::{acknowledge, ask, not_mine, peek, statistics};
pub(crate) use synchronize::{
    long_synchronize, synchronize, synchronize_again, synchronize_high, synchronize_nested,
};

pub(crate) fn honest(call: &Call) -> Outcome {
    connected(call, 1, |connection| {
        connection.service.raise(1);
        until_claimed(connection, 1);
    })
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
