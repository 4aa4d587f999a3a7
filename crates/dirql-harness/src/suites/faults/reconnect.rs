//! A reconnect that the system refuses: the old connection comes back, or, refused too, is lost.

use dirql_ioctl::Status;
use dirql_ioctl::connection::{ConnectionInfo, ReconnectRequest};
use dirql_ioctl::interrupt::WaitRequest;
use nt_model::InjectedFailure;

use crate::bench::Bench;
use crate::check::{Verdict, equal};

/// A reconnect to every kind is refused, and everything is as before but the number of the connection.
fn comes_back(bench: &mut Bench<'_>, refusal: InjectedFailure) -> Verdict {
    for kind in bench.kinds(bench.variant.resource) {
        let before = bench.reported_state()?;
        let shared = bench.snapshot()?;
        bench.system_refuses(refusal, 0, 1)?;
        let request = ReconnectRequest {
            kind: kind as u32,
            reserved: 0,
        };
        bench.refuse(bench.main, &request, Status::INSUFFICIENT_RESOURCES)?;
        let after = bench.reported_state()?;
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
        let now = bench.snapshot()?;
        equal("counter", now.counter, shared.counter)?;
        equal("sequence", now.sequence, shared.sequence)?;
        equal(
            "accounts",
            (now.left, now.right),
            (shared.left, shared.right),
        )?;
        for causes in [0x1, 0x8000_0000] {
            equal("causes", bench.interrupt(causes)?.causes, causes)?;
        }
    }
    Ok(())
}

/// A reconnect is refused, and so is connecting as before.
fn is_lost(bench: &mut Bench<'_>, refusal: InjectedFailure) -> Verdict {
    let kinds = bench.kinds(bench.variant.resource);
    let kind = kinds[bench.choices.below(kinds.len())];
    bench.interrupt(0x1)?;
    bench.system_refuses(refusal, 0, 2)?;
    let request = ReconnectRequest {
        kind: kind as u32,
        reserved: 0,
    };
    bench.refuse(bench.main, &request, Status::DEVICE_CONFIGURATION_ERROR)?;
    bench.interrupt_is_lost()
}

pub(super) fn refused_connect_leaves_the_old_connection(bench: &mut Bench<'_>) -> Verdict {
    comes_back(bench, InjectedFailure::ConnectRefused)
}

pub(super) fn refused_connect_twice_loses_the_interrupt(bench: &mut Bench<'_>) -> Verdict {
    is_lost(bench, InjectedFailure::ConnectRefused)
}

pub(super) fn exhausted_pool_leaves_the_old_connection(bench: &mut Bench<'_>) -> Verdict {
    comes_back(bench, InjectedFailure::PoolExhausted)
}

pub(super) fn exhausted_pool_twice_loses_the_interrupt(bench: &mut Bench<'_>) -> Verdict {
    is_lost(bench, InjectedFailure::PoolExhausted)
}

pub(super) fn waits_of_a_lost_interrupt_can_be_cancelled(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let first = bench.start(bench.main, &WaitRequest { after })?;
    let second = bench.start(bench.main, &WaitRequest { after })?;
    bench.still_pending(&first)?;
    let kind = bench.connection()?.kind_asked;
    bench.system_refuses(InjectedFailure::ConnectRefused, 0, 2)?;
    let request = ReconnectRequest { kind, reserved: 0 };
    bench.refuse(bench.main, &request, Status::DEVICE_CONFIGURATION_ERROR)?;
    for wait in [first, second] {
        bench.still_pending(&wait)?;
        bench.cancel(&wait)?;
        bench.ends_with(wait, Status::CANCELLED)?;
    }
    bench.interrupt_is_lost()
}
