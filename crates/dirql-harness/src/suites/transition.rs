//! What the suites of `PnP` and power have in common: requests that a transition meets half way.

use std::panic::Location;

use dirql_ioctl::connection::{Kind, ReconnectRequest};
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest, WaitReply, WaitRequest};
use dirql_ioctl::pshed::{AdoptRequest, InjectRequest, OWN_SOURCE, SynchronizeSourceRequest};
use dirql_ioctl::stress::{Mode, StressRequest};
use dirql_ioctl::synchronize::Operation;
use dirql_ioctl::{ControlCode, code};
use zerocopy::IntoBytes;

use crate::check::{Stop, Verdict, that};
use crate::fixture::{Fixture, synchronize};
use crate::message::{self, Request, name};
use crate::target::{OpenAccess, Ticket};

/// A request as it is submitted: code, input, room for the reply.
pub(super) type Raw = (ControlCode, Vec<u8>, usize);

fn raw<R: Request>(request: &R) -> Raw {
    (R::CODE, request.as_bytes().to_vec(), size_of::<R::Reply>())
}

/// One request of every code, with as much work in it as its argument allows in a short test, and a
/// wait that no interrupt ends.
///
/// The interrupt is connected again by `kind`.
pub(super) fn every_request(kind: Kind) -> Vec<Raw> {
    vec![
        raw(&message::Query),
        raw(&synchronize(Operation::Transfer, 3, 8)),
        raw(&RaiseRequest {
            causes: 0x40,
            count: 8,
            reserved: 0,
        }),
        raw(&WaitRequest {
            after: u64::MAX - 1,
        }),
        raw(&StressRequest {
            mode: Mode::Locked as u32,
            threads: 2,
            transfers: 20,
            interrupts: 8,
            reserved: 0,
        }),
        raw(&ReconnectRequest {
            kind: kind as u32,
            reserved: 0,
        }),
        raw(&SetActiveRequest {
            active: 1,
            reserved: 0,
        }),
        raw(&message::Statistics),
        raw(&message::ResetStatistics),
        raw(&message::Pshed),
        raw(&message::PshedSources),
        raw(&SynchronizeSourceRequest {
            source: OWN_SOURCE,
            caller_irql: 0,
            repeat: 8,
            reserved: 0,
            amount: 3,
        }),
        raw(&InjectRequest {
            error_type: 0x8,
            parameters: [0; 4],
        }),
        raw(&AdoptRequest {
            source: OWN_SOURCE,
            adopt: 1,
        }),
    ]
}

/// How many instructions a request has had when the change comes: none, few, and wherever chance
/// puts it. A request of the longest kind has some ten thousand.
pub(super) fn points(fixture: &mut Fixture<'_>) -> Vec<u32> {
    let mut points = vec![0];
    points.extend([400, 4_000, 20_000].map(|bound| instructions(fixture, bound)));
    points
}

/// A number of instructions below `bound`, by chance.
pub(super) fn instructions(fixture: &mut Fixture<'_>, bound: u32) -> u32 {
    let chosen = fixture.choices.below(bound as usize);
    u32::try_from(chosen).unwrap_or(bound)
}

/// A wait for the next interrupt, on its way; and the number of the interrupt that it waits past.
pub(super) fn waiting(fixture: &mut Fixture<'_>) -> Result<(Ticket, u64), Stop> {
    let after = fixture.snapshot()?.sequence;
    let wait = WaitRequest { after };
    let room = size_of::<WaitReply>();
    let ticket = fixture.submit(fixture.main, code::WAIT, wait.as_bytes(), room)?;
    that(fixture.has_not_ended(ticket)?, "a wait ended by itself")?;
    Ok((ticket, after))
}

/// A wait that has been found pending when all had come to rest was not for an interrupt that had come: no wake-up is lost.
/// What asks for the newest interrupt may wake what waits, so that comes last.
pub(super) fn woken(
    fixture: &mut Fixture<'_>,
    (wait, after): (Ticket, u64),
    pending: bool,
) -> Verdict {
    if !pending {
        return Ok(());
    }
    let sequence = fixture.statistics()?.sequence;
    that(
        sequence <= after,
        format_args!("a wait past interrupt {after} goes on, and interrupt {sequence} has come"),
    )?;
    fixture.cancel_ticket(wait, Location::caller())?;
    fixture.wait_ticket(wait, Location::caller()).map(drop)
}

/// Goes through every request in flight and every point at which `round` may come, and says which
/// one failed.
pub(super) fn matrix(
    fixture: &mut Fixture<'_>,
    mut round: impl FnMut(&mut Fixture<'_>, &Raw, u32) -> Verdict,
) -> Verdict {
    for request in every_request(fixture.any_kind()) {
        for point in points(fixture) {
            round(fixture, &request, point).map_err(|stop| {
                stop.about(&format!("{} in flight, at {point}", name(request.0)))
            })?;
        }
    }
    Ok(())
}

/// Every request made while the device cannot serve it waits, and ends when it can; `state` is the
/// word for the time between `down` and `up`.
pub(super) fn requests_wait_out(
    fixture: &mut Fixture<'_>,
    state: &str,
    down: impl FnOnce(&mut Fixture<'_>) -> Verdict,
    up: impl FnOnce(&mut Fixture<'_>) -> Verdict,
) -> Verdict {
    let handle = fixture.open(OpenAccess::BOTH)?;
    down(fixture)?;
    let mut tickets = Vec::new();
    for (code, input, output) in every_request(fixture.any_kind()) {
        tickets.push((code, fixture.submit(handle, code, &input, output)?));
    }
    for (code, ticket) in &tickets {
        that(
            fixture.has_not_ended(*ticket)?,
            format_args!("{} ended while the device was {state}", name(*code)),
        )?;
    }
    up(fixture)?;
    fixture.close(handle)?;
    fixture.await_all()
}

#[cfg(test)]
mod tests {
    use dirql_ioctl::code::{ALL, OF_PSHED};

    use super::*;

    #[test]
    fn a_change_meets_a_request_of_every_code() {
        let codes: Vec<ControlCode> = every_request(Kind::FullySpecified)
            .iter()
            .map(|(code, ..)| *code)
            .collect();
        let of_contract = ALL.iter().chain(&OF_PSHED).map(|(_, code)| *code);
        assert_eq!(codes, of_contract.collect::<Vec<_>>());
    }
}
