//! A reconnect that the system refuses: the old connection comes back, or, refused too, is lost.

use dirql_ioctl::Status;
use dirql_ioctl::connection::{ConnectionInfo, ReconnectRequest};
use dirql_ioctl::interrupt::WaitRequest;
use nt_model::InjectedFailure;

use crate::check::{Verdict, equal};
use crate::fixture::Fixture;

/// A reconnect to every kind is refused, and everything is as before but the number of the connection.
fn comes_back(fixture: &mut Fixture<'_>, refusal: InjectedFailure) -> Verdict {
    for kind in fixture.kinds(fixture.variant.resource) {
        let before = fixture.reported_state()?;
        let shared = fixture.snapshot()?;
        fixture.system_refuses(refusal, 0, 1)?;
        let request = ReconnectRequest {
            kind: kind as u32,
            reserved: 0,
        };
        fixture.refuse(fixture.main, &request, Status::INSUFFICIENT_RESOURCES)?;
        let after = fixture.reported_state()?;
        let connected_again = ConnectionInfo {
            generation: before.query.connection.generation + 1,
            ..before.query.connection
        };
        equal("the connection", after.query.connection, connected_again)?;
        let (was, is) = (before.statistics, after.statistics);
        equal("claimed", is.claimed, was.claimed)?;
        equal("raised", is.raised, was.raised)?;
        equal("not run", is.not_run, was.not_run)?;
        equal("causes", is.causes, was.causes)?;
        let now = fixture.snapshot()?;
        equal("counter", now.counter, shared.counter)?;
        equal("sequence", now.sequence, shared.sequence)?;
        equal(
            "accounts",
            (now.left, now.right),
            (shared.left, shared.right),
        )?;
        for causes in [0x1, 0x8000_0000] {
            equal("causes", fixture.interrupt(causes)?.causes, causes)?;
        }
    }
    Ok(())
}

/// How many connects have to be refused before the interrupt is lost: the framework is asked for one.
fn attempts(fixture: &Fixture<'_>) -> u32 {
    if fixture.is_frameworks() { 1 } else { 2 }
}

/// A reconnect is refused, and so is connecting as before.
fn is_lost(fixture: &mut Fixture<'_>, refusal: InjectedFailure) -> Verdict {
    let kinds = fixture.kinds(fixture.variant.resource);
    let kind = kinds[fixture.choices.below(kinds.len())];
    fixture.interrupt(0x1)?;
    let times = attempts(fixture);
    fixture.system_refuses(refusal, 0, times)?;
    let request = ReconnectRequest {
        kind: kind as u32,
        reserved: 0,
    };
    fixture.refuse(fixture.main, &request, Status::DEVICE_CONFIGURATION_ERROR)?;
    fixture.interrupt_is_lost()
}

pub(super) fn refused_connect_leaves_the_old_connection(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.connects_itself("it is asked once, and there is no other kind to go back to")?;
    comes_back(fixture, InjectedFailure::ConnectRefused)
}

pub(super) fn refused_connect_twice_loses_the_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    is_lost(fixture, InjectedFailure::ConnectRefused)
}

pub(super) fn exhausted_pool_leaves_the_old_connection(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.connects_itself("the driver allocates nothing for it")?;
    comes_back(fixture, InjectedFailure::PoolExhausted)
}

pub(super) fn exhausted_pool_twice_loses_the_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.connects_itself("the driver allocates nothing for it")?;
    is_lost(fixture, InjectedFailure::PoolExhausted)
}

pub(super) fn waits_of_a_lost_interrupt_can_be_cancelled(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let first = fixture.start(fixture.main, &WaitRequest { after })?;
    let second = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.still_pending(&first)?;
    let kind = fixture.connection()?.kind_asked;
    let times = attempts(fixture);
    fixture.system_refuses(InjectedFailure::ConnectRefused, 0, times)?;
    let request = ReconnectRequest { kind, reserved: 0 };
    fixture.refuse(fixture.main, &request, Status::DEVICE_CONFIGURATION_ERROR)?;
    for wait in [first, second] {
        fixture.still_pending(&wait)?;
        fixture.cancel(&wait)?;
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    fixture.interrupt_is_lost()
}
