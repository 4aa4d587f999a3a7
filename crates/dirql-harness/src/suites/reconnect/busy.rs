//! A reconnect that meets work: a stress run, closures, service routines.

use dirql_ioctl::Status;
use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::Operation;

use super::works;
use crate::check::{Verdict, equal, that};
use crate::fixture::{Fixture, synchronize};
use crate::target::OpenAccess;

pub(super) fn either_refused_or_after_a_stress_run(fixture: &mut Fixture<'_>) -> Verdict {
    let kind = fixture.connection()?.kind_asked;
    let other = fixture.open(OpenAccess::WRITE)?;
    let request = StressRequest {
        mode: Mode::Locked as u32,
        threads: 2,
        transfers: 200,
        interrupts: 20,
        reserved: 0,
    };
    let mut generation = fixture.connection()?.generation;
    for _ in 0..3 {
        let stress = fixture.start(fixture.main, &request)?;
        let reconnect = fixture.start(other, &ReconnectRequest { kind, reserved: 0 })?;
        match fixture.outcome(reconnect)? {
            Ok(_) => generation += 1,
            Err(answer) => that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("the reconnect ended with {answer}"),
            )?,
        }
        match fixture.outcome(stress)? {
            Ok(reply) => {
                equal("transfers", reply.transfers, 400)?;
                equal("violations in threads", reply.violations_in_thread, 0)?;
                equal("violations in the ISR", reply.violations_in_isr, 0)?;
            }
            Err(answer) => that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("the stress run ended with {answer}"),
            )?,
        }
        equal("generation", fixture.connection()?.generation, generation)?;
        works(fixture)?;
    }
    Ok(())
}

pub(super) fn waits_for_closures_that_run(fixture: &mut Fixture<'_>) -> Verdict {
    const ADDS: u32 = 60;
    let kind = fixture.connection()?.kind_asked;
    let other = fixture.open(OpenAccess::WRITE)?;
    let mut counter = fixture.snapshot()?.counter;
    for _ in 0..4 {
        let adds = fixture.start(other, &synchronize(Operation::Add, 1, ADDS))?;
        let reconnect = fixture.start(fixture.main, &ReconnectRequest { kind, reserved: 0 })?;
        match fixture.outcome(adds)? {
            Ok(reply) => {
                equal("ran", reply.ran, ADDS)?;
                counter = counter.wrapping_add(ADDS.into());
            }
            Err(answer) => that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("the closures ended with {answer}"),
            )?,
        }
        fixture.reply(reconnect)?;
        equal("counter", fixture.snapshot()?.counter, counter)?;
    }
    works(fixture)
}

/// Another device on the line interrupts all the time, so that service routines run, or spin for the
/// lock, while the interrupt is disconnected.
pub(super) fn waits_for_service_routines_that_run(fixture: &mut Fixture<'_>) -> Verdict {
    let kind = fixture.connection()?.kind_asked;
    for _ in 0..8 {
        let reconnect = fixture.start(fixture.main, &ReconnectRequest { kind, reserved: 0 })?;
        for _ in 0..60 {
            fixture.neighbour_interrupts()?;
            fixture.advance(30)?;
        }
        fixture.reply(reconnect)?;
    }
    works(fixture)
}
