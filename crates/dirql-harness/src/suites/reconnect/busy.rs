//! A reconnect that meets work: a stress run, closures, service routines.

use dirql_ioctl::Status;
use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::Operation;
use nt_model::InjectedFailure;

use super::works;
use crate::check::{Verdict, equal, that};
use crate::fixture::{Fixture, synchronize};
use crate::suites::transition::{instructions, waiting, woken};
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

/// An interrupt comes while the interrupt is connected again, and its DPC is late: it may find no interrupt any more.
pub(super) fn a_wait_whose_interrupt_comes_meanwhile_ends(fixture: &mut Fixture<'_>) -> Verdict {
    for kind in fixture.kinds(fixture.variant.resource) {
        for _ in 0..6 {
            let wait = waiting(fixture)?;
            fixture.system_refuses(InjectedFailure::DpcLate, 0, 1)?;
            let request = ReconnectRequest {
                kind: kind as u32,
                reserved: 0,
            };
            let reconnect = fixture.start(fixture.main, &request)?;
            let later = instructions(fixture, 400);
            fixture.advance(later)?;
            fixture.device_raises(0x400)?;
            fixture.reply(reconnect)?;
            let pending = fixture.has_not_ended(wait.0)?;
            woken(fixture, wait, pending)?;
        }
    }
    works(fixture)
}
