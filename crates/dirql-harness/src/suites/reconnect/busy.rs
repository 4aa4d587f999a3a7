//! A reconnect that meets work: a stress run, closures, service routines.

use dirql_ioctl::Status;
use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::Operation;

use super::works;
use crate::bench::{Bench, synchronize};
use crate::check::{Verdict, equal, that};
use crate::target::OpenAccess;

pub(super) fn either_refused_or_after_a_stress_run(bench: &mut Bench<'_>) -> Verdict {
    let kind = bench.connection()?.kind_asked;
    let other = bench.open(OpenAccess::WRITE)?;
    let request = StressRequest {
        mode: Mode::Locked as u32,
        threads: 2,
        transfers: 200,
        interrupts: 20,
        reserved: 0,
    };
    let mut generation = bench.connection()?.generation;
    for _ in 0..3 {
        let stress = bench.start(bench.main, &request)?;
        let reconnect = bench.start(other, &ReconnectRequest { kind, reserved: 0 })?;
        match bench.outcome(reconnect)? {
            Ok(_) => generation += 1,
            Err(answer) => that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("the reconnect ended with {answer}"),
            )?,
        }
        match bench.outcome(stress)? {
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
        equal("generation", bench.connection()?.generation, generation)?;
        works(bench)?;
    }
    Ok(())
}

pub(super) fn waits_for_closures_that_run(bench: &mut Bench<'_>) -> Verdict {
    const ADDS: u32 = 60;
    let kind = bench.connection()?.kind_asked;
    let other = bench.open(OpenAccess::WRITE)?;
    let mut counter = bench.snapshot()?.counter;
    for _ in 0..4 {
        let adds = bench.start(other, &synchronize(Operation::Add, 1, ADDS))?;
        let reconnect = bench.start(bench.main, &ReconnectRequest { kind, reserved: 0 })?;
        match bench.outcome(adds)? {
            Ok(reply) => {
                equal("ran", reply.ran, ADDS)?;
                counter = counter.wrapping_add(ADDS.into());
            }
            Err(answer) => that(
                answer.is(Status::INVALID_DEVICE_STATE),
                format_args!("the closures ended with {answer}"),
            )?,
        }
        bench.reply(reconnect)?;
        equal("counter", bench.snapshot()?.counter, counter)?;
    }
    works(bench)
}

/// Another device on the line interrupts all the time, so that service routines run, or spin for the
/// lock, while the interrupt is disconnected.
pub(super) fn waits_for_service_routines_that_run(bench: &mut Bench<'_>) -> Verdict {
    let kind = bench.connection()?.kind_asked;
    for _ in 0..8 {
        let reconnect = bench.start(bench.main, &ReconnectRequest { kind, reserved: 0 })?;
        for _ in 0..60 {
            bench.neighbour_interrupts()?;
            bench.advance(30)?;
        }
        bench.reply(reconnect)?;
    }
    works(bench)
}
