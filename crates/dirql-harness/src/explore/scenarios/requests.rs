//! The requests that scenarios send, each with the word that names it.

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitRequest};
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::{Operation, SynchronizeRequest};

use crate::explore::stage::Message;
use crate::message::{Query, Request, ResetStatistics, Statistics};

/// A cause that the device raises.
pub(super) const CAUSE: u32 = 1;
/// Another one.
pub(super) const OTHER_CAUSE: u32 = 4;

pub(super) fn add() -> SynchronizeRequest {
    SynchronizeRequest {
        operation: Operation::Add as u32,
        repeat: 1,
        argument: 3,
        ..SynchronizeRequest::default()
    }
}

pub(super) fn transfer() -> SynchronizeRequest {
    SynchronizeRequest {
        operation: Operation::Transfer as u32,
        argument: 5,
        ..add()
    }
}

pub(super) const fn raise() -> RaiseRequest {
    RaiseRequest {
        causes: 2,
        count: 1,
        reserved: 0,
    }
}

pub(super) const fn stress() -> StressRequest {
    StressRequest {
        mode: Mode::Locked as u32,
        threads: 1,
        transfers: 1,
        interrupts: 1,
        reserved: 0,
    }
}

pub(super) const fn reconnect() -> ReconnectRequest {
    ReconnectRequest {
        kind: Kind::FullySpecified as u32,
        reserved: 0,
    }
}

pub(super) const fn active(active: u32) -> SetActiveRequest {
    SetActiveRequest {
        active,
        reserved: 0,
    }
}

/// A request with the word that names it in a scenario.
pub(super) type Named = (&'static str, Message);

pub(super) fn named<R: Request>(name: &'static str, request: &R) -> Named {
    (name, Message::of(request))
}

/// What changes the driver's state.
pub(super) fn changing() -> Vec<Named> {
    vec![
        named("synchronize", &add()),
        named("raise", &raise()),
        named("wait", &WaitRequest::default()),
        named("stress", &stress()),
        named("reconnect", &reconnect()),
        named("inactive", &active(0)),
        named("reset", &ResetStatistics),
    ]
}

/// What only looks at it.
pub(super) fn looking() -> Vec<Named> {
    vec![named("query", &Query), named("statistics", &Statistics)]
}

/// Every request of the contract but the plug-in's.
pub(super) fn every() -> impl Iterator<Item = Named> {
    changing().into_iter().chain(looking())
}
