//! Reconnect: the interrupt is connected by another kind, and everything works as before.

mod busy;

use dirql_ioctl::connection::{ConnectionInfo, Kind, ReconnectRequest};
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::Operation;
use dirql_ioctl::{Status, code};
use nt_model::{InterruptResource, Policy, UnknownKind};
use zerocopy::IntoBytes;

use self::busy::{
    a_wait_whose_interrupt_comes_meanwhile_ends, either_refused_or_after_a_stress_run,
    waits_for_closures_that_run, waits_for_service_routines_that_run,
};
use super::suite;
use crate::check::{Stop, Verdict, equal, that, within};
use crate::fixture::{Fixture, synchronize};
use crate::target::Setup;

suite! { "reconnect":
    every_kind_that_the_resource_serves,
    from_every_kind_to_every_kind,
    same_kind_again_is_a_new_connection,
    message_falls_back_to_the_line needs Line,
    line_is_refused_for_a_message needs Message,
    kind_that_the_system_does_not_know_is_refused needs Simulator,
    kind_of_another_image_is_refused,
    shared_state_and_counters_survive,
    irql_and_exclusion_hold_after_each,
    either_refused_or_after_a_stress_run,
    waits_for_closures_that_run,
    waits_for_service_routines_that_run needs Line,
    a_wait_whose_interrupt_comes_meanwhile_ends needs Simulator,
}

/// The connection is as the contract says after `kind` was asked for.
#[track_caller]
fn fits(fixture: &mut Fixture<'_>, kind: Kind, got: &ConnectionInfo) -> Verdict {
    let resource = fixture.variant.resource;
    let expected = match (kind, resource) {
        (Kind::Message, InterruptResource::Line) => Kind::Line,
        (kind, _) => kind,
    };
    equal(
        format_args!("{kind:?}: kind asked"),
        got.kind_asked,
        kind as u32,
    )?;
    equal(
        format_args!("{kind:?}: kind got"),
        got.kind_got,
        expected as u32,
    )?;
    equal(format_args!("{kind:?}: active"), got.active, 1)?;
    within(
        format_args!("{kind:?}: SynchronizeIrql"),
        got.synchronize_irql,
        got.irql..=12,
    )?;
    match resource {
        InterruptResource::Line => equal("messages of a line", got.message_count, 0)?,
        InterruptResource::Message => that(got.message_count > 0, "no message is connected")?,
    }
    equal(
        format_args!("{kind:?}: a query"),
        fixture.connection()?,
        *got,
    )
}

/// Interrupts come, once each, with the causes that were raised.
#[track_caller]
fn works(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    for causes in [0x1, 0x8000_0000] {
        equal("causes", fixture.interrupt(causes)?.causes, causes)?;
    }
    equal("claimed", fixture.statistics()?.claimed - before.claimed, 2)
}

fn every_kind_that_the_resource_serves(fixture: &mut Fixture<'_>) -> Verdict {
    for kind in fixture.kinds(fixture.variant.resource) {
        let generation = fixture.connection()?.generation;
        let got = fixture.reconnect(kind)?;
        equal("generation", got.generation, generation + 1)?;
        fits(fixture, kind, &got)?;
        works(fixture)?;
    }
    Ok(())
}

fn from_every_kind_to_every_kind(fixture: &mut Fixture<'_>) -> Verdict {
    let kinds = fixture.kinds(fixture.variant.resource);
    for from in &kinds {
        for to in &kinds {
            fixture.reconnect(*from)?;
            let got = fixture.reconnect(*to)?;
            fits(fixture, *to, &got)?;
            fixture.interrupt(0x10)?;
        }
    }
    Ok(())
}

fn same_kind_again_is_a_new_connection(fixture: &mut Fixture<'_>) -> Verdict {
    let kind = fixture.any_kind();
    let first = fixture.reconnect(kind)?;
    let second = fixture.reconnect(kind)?;
    let expected = ConnectionInfo {
        generation: first.generation + 1,
        ..first
    };
    equal("the second connection", second, expected)?;
    works(fixture)
}

fn message_falls_back_to_the_line(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.connects_itself("it names no kind that could fall back")?;
    if let Some(unknown @ (Kind::Line | Kind::Message)) = fixture.facts.unknown_kind() {
        let reason = format!("the system does not know the kind {unknown:?}");
        return Err(Stop::Skipped(reason));
    }
    let line = fixture.reconnect(Kind::Line)?;
    let message = fixture.reconnect(Kind::Message)?;
    let expected = ConnectionInfo {
        kind_asked: Kind::Message as u32,
        generation: line.generation + 1,
        ..line
    };
    equal("message based on a line", message, expected)?;
    works(fixture)
}

fn line_is_refused_for_a_message(fixture: &mut Fixture<'_>) -> Verdict {
    let request = ReconnectRequest {
        kind: Kind::Line as u32,
        reserved: 0,
    };
    let reply_len = size_of::<ConnectionInfo>();
    for kind in fixture.kinds(InterruptResource::Message) {
        fixture.reconnect(kind)?;
        let before = fixture.reported_state()?;
        fixture.refused_and_unchanged(
            &before,
            fixture.main,
            (code::RECONNECT, request.as_bytes(), reply_len),
            Status::NOT_SUPPORTED,
            "a line for a message resource",
        )?;
        works(fixture)?;
    }
    Ok(())
}

/// What connects, what the other image connects by is refused before anything is disconnected.
fn kind_of_another_image_is_refused(fixture: &mut Fixture<'_>) -> Verdict {
    let others = if fixture.is_frameworks() {
        Kind::ALL.to_vec()
    } else {
        vec![Kind::Framework]
    };
    for kind in others {
        let request = ReconnectRequest {
            kind: kind as u32,
            reserved: 0,
        };
        let before = fixture.reported_state()?;
        fixture.refused_and_unchanged(
            &before,
            fixture.main,
            (
                code::RECONNECT,
                request.as_bytes(),
                size_of::<ConnectionInfo>(),
            ),
            Status::NOT_SUPPORTED,
            &format!("{kind:?}, a kind of another image"),
        )?;
        works(fixture)?;
    }
    Ok(())
}

fn kind_that_the_system_does_not_know_is_refused(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.connects_itself("the framework looks for a kind that the system knows")?;
    let resource = fixture.variant.resource;
    for unknown in Kind::ALL {
        for not_supported in [false, true] {
            fixture.boot(&Setup {
                policy: Some(Policy {
                    unknown_kind: UnknownKind::of_version(unknown as u32).unwrap_or_default(),
                    unknown_kind_not_supported: not_supported,
                    ..fixture.facts.policy.unwrap_or_default()
                }),
                ..Setup::default()
            })?;
            let first = fixture.connection()?.kind_asked;
            that(
                first != unknown as u32,
                format_args!("the driver says that it is connected by {unknown:?}"),
            )?;
            for kind in Kind::ALL {
                let before = fixture.reported_state()?;
                let request = ReconnectRequest {
                    kind: kind as u32,
                    reserved: 0,
                };
                let (served, touched) = match (kind, resource) {
                    (Kind::Line, InterruptResource::Message) => (false, false),
                    (Kind::Message, InterruptResource::Line) if unknown == Kind::Line => {
                        (false, true)
                    }
                    (kind, _) => (kind != unknown, kind == unknown),
                };
                if served {
                    let got = fixture.reconnect(kind)?;
                    fits(fixture, kind, &got)?;
                } else {
                    fixture.refuse(fixture.main, &request, Status::NOT_SUPPORTED)?;
                    let connected_again = ConnectionInfo {
                        generation: before.query.connection.generation + u32::from(touched),
                        ..before.query.connection
                    };
                    equal(
                        format_args!("the connection after {kind:?} was refused"),
                        fixture.connection()?,
                        connected_again,
                    )?;
                }
                works(fixture)?;
            }
        }
    }
    Ok(())
}

fn shared_state_and_counters_survive(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x3)?;
    fixture.ask(fixture.main, &synchronize(Operation::Add, 77, 2))?;
    fixture.ask(fixture.main, &synchronize(Operation::Transfer, 9, 1))?;
    fixture.settle()?;
    let statistics = fixture.statistics()?;
    let before = fixture.snapshot()?;
    for kind in fixture.kinds(fixture.variant.resource) {
        fixture.reconnect(kind)?;
        let after = fixture.snapshot()?;
        equal("counter", after.counter, before.counter)?;
        equal("sequence", after.sequence, before.sequence)?;
        equal(
            "accounts",
            (after.left, after.right),
            (before.left, before.right),
        )?;
        let counted = fixture.statistics()?;
        equal("claimed", counted.claimed, statistics.claimed)?;
        equal("causes", counted.causes, statistics.causes)?;
        equal("dpc", counted.dpc, statistics.dpc)?;
    }
    Ok(())
}

fn irql_and_exclusion_hold_after_each(fixture: &mut Fixture<'_>) -> Verdict {
    for kind in fixture.kinds(fixture.variant.resource) {
        let connection = fixture.reconnect(kind)?;
        let reply = fixture.snapshot()?;
        equal(
            format_args!("{kind:?}: IRQL inside"),
            reply.irql_inside,
            connection.synchronize_irql,
        )?;
        equal(
            format_args!("{kind:?}: IRQL after"),
            reply.irql_after,
            reply.irql_before,
        )?;
        let request = StressRequest {
            mode: Mode::Locked as u32,
            threads: 2,
            transfers: 20,
            interrupts: 5,
            reserved: 0,
        };
        let stress = fixture.ask(fixture.main, &request)?;
        equal("violations in threads", stress.violations_in_thread, 0)?;
        equal("violations in the ISR", stress.violations_in_isr, 0)?;
    }
    Ok(())
}
