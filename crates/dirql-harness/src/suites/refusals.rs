//! Refusals, again and again: what one may keep of what the driver has is lost, and the last place is missed only once
//! all of them are gone.
//!
//! Every refusal is repeated until whatever it may hold would be exhausted, and then the driver has to serve as ever.

use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::interrupt::{WAITS_MAX, WaitRequest};
use dirql_ioctl::stress::{Mode, StressRequest, THREADS_MAX};
use dirql_ioctl::{ControlCode, Status, code};
use nt_model::{DeviceState, InjectedFailure, Transition};

use super::errors::table::{self, Case};
use super::suite;
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::target::OpenAccess;

suite! { "refusals":
    wrong_requests_hold_nothing,
    cancelled_waits_hold_nothing,
    waits_of_closed_handles_hold_nothing,
    requests_of_an_inactive_interrupt_hold_nothing,
    waits_after_the_close_of_their_handle_hold_nothing needs Simulator,
    waits_that_a_stop_ends_hold_nothing needs Simulator,
    waits_that_cannot_look_hold_nothing needs Simulator,
    runs_that_the_system_refuses_hold_nothing needs Simulator,
    connects_that_the_system_refuses_hold_nothing needs Simulator,
}

/// More often than there are places for waits, of which there are more than of anything else. What is refused alone is
/// refused by the same instructions under every schedule: where threads interleave, a few are enough.
fn often(fixture: &Fixture<'_>) -> usize {
    if fixture.interleaves() && fixture.facts.fresh_per_test {
        SOME
    } else {
        WAITS_MAX as usize + 1
    }
}

/// More often than anything else can be held.
const SOME: usize = THREADS_MAX as usize + 1;

/// Whatever a refusal may have kept would be gone by now: the driver does as much at once as ever.
fn nothing_is_held(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    // Every place is gone where each refusal has kept one.
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.still_pending(&wait)?;
    fixture.raise(0x8, 1)?;
    equal("sequence", fixture.reply(wait)?.sequence, after + 1)?;
    let run = StressRequest {
        mode: Mode::Locked as u32,
        threads: THREADS_MAX,
        transfers: 2,
        interrupts: 1,
        reserved: 0,
    };
    let reply = fixture.ask(fixture.main, &run)?;
    equal("transfers", reply.transfers, u64::from(2 * THREADS_MAX))?;
    let kind = fixture.any_kind();
    fixture.reconnect(kind)?;
    fixture.set_active(false)?;
    fixture.set_active(true)?;
    fixture.interrupt(0x1).map(drop)
}

/// How often a refusal of a code is tried: a wait may keep a place, anything else less.
fn times(fixture: &Fixture<'_>, code: ControlCode) -> usize {
    if code == code::WAIT {
        often(fixture)
    } else {
        SOME
    }
}

/// The cases, by code and status.
fn each_kind(cases: &[Case]) -> Vec<Vec<&Case>> {
    let mut kinds: Vec<Vec<&Case>> = Vec::new();
    for case in cases {
        let same = |kind: &&mut Vec<&Case>| {
            let other = kind[0];
            (other.code, other.status) == (case.code, case.status)
        };
        match kinds.iter_mut().find(same) {
            Some(kind) => kind.push(case),
            None => kinds.push(vec![case]),
        }
    }
    kinds
}

/// Has the driver refuse each kind of case so often.
fn refused(fixture: &mut Fixture<'_>, cases: &[Case]) -> Verdict {
    for kind in each_kind(cases) {
        let times = times(fixture, kind[0].code);
        for case in kind.iter().cycle().take(times) {
            let completion =
                fixture.request(fixture.main, case.code, &case.input, case.output_len)?;
            that(
                completion.answer.is(case.status),
                format_args!(
                    "{case}: expected {}, got {}",
                    case.status, completion.answer
                ),
            )?;
        }
    }
    Ok(())
}

fn wrong_requests_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let mut cases = table::lengths();
    cases.extend(table::arguments());
    refused(fixture, &cases)?;
    nothing_is_held(fixture)
}

fn cancelled_waits_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    for _ in 0..often(fixture) {
        let wait = fixture.start(fixture.main, &WaitRequest { after })?;
        fixture.cancel(&wait)?;
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    nothing_is_held(fixture)
}

fn waits_of_closed_handles_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    for _ in 0..SOME {
        let handle = fixture.open(OpenAccess::READ)?;
        let mut waits = Vec::new();
        for _ in 0..often(fixture).div_ceil(SOME) {
            waits.push(fixture.start(handle, &WaitRequest { after })?);
        }
        fixture.close(handle)?;
        for wait in waits {
            fixture.ends_with(wait, Status::CANCELLED)?;
        }
    }
    nothing_is_held(fixture)
}

fn requests_of_an_inactive_interrupt_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.set_active(false)?;
    refused(fixture, &table::inactive())?;
    fixture.set_active(true)?;
    nothing_is_held(fixture)
}

fn waits_after_the_close_of_their_handle_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    for _ in 0..often(fixture) {
        let handle = fixture.open(OpenAccess::READ)?;
        let wait = fixture.start_after_close(handle, &WaitRequest { after })?;
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    nothing_is_held(fixture)
}

fn waits_that_a_stop_ends_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    /// How many wait at each stop.
    const WAITS: usize = 16;
    let resource = fixture.variant.resource;
    let after = fixture.snapshot()?.sequence;
    for _ in 0..often(fixture).div_ceil(WAITS) {
        let mut waits = Vec::new();
        for _ in 0..WAITS {
            waits.push(fixture.start(fixture.main, &WaitRequest { after })?);
        }
        fixture.transition(Transition::Stop, DeviceState::Stopped)?;
        for wait in waits {
            fixture.ends_with(wait, Status::CANCELLED)?;
        }
        fixture.transition(Transition::Restart(resource), DeviceState::Started)?;
    }
    nothing_is_held(fixture)
}

/// The closure in which a wait looks at the newest interrupt does not run.
fn waits_that_cannot_look_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let often = often(fixture);
    let times = u32::try_from(often).unwrap_or(u32::MAX);
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, times)?;
    for _ in 0..often {
        let wait = WaitRequest { after };
        fixture.refuse(fixture.main, &wait, Status::INTERNAL_ERROR)?;
    }
    nothing_is_held(fixture)
}

fn runs_that_the_system_refuses_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    let run = StressRequest {
        mode: Mode::Locked as u32,
        threads: 2,
        transfers: 2,
        interrupts: 1,
        reserved: 0,
    };
    for failure in [
        InjectedFailure::ThreadRefused,
        InjectedFailure::PoolExhausted,
    ] {
        for after in 0..2 {
            for _ in 0..SOME {
                // There is one allocation in a run.
                let after = if failure == InjectedFailure::PoolExhausted {
                    0
                } else {
                    after
                };
                fixture.system_refuses(failure, after, 1)?;
                fixture.refuse(fixture.main, &run, Status::INSUFFICIENT_RESOURCES)?;
            }
        }
    }
    nothing_is_held(fixture)
}

fn connects_that_the_system_refuses_hold_nothing(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.connects_itself("it is asked once, and an interrupt that it is refused is lost")?;
    let kind = fixture.any_kind() as u32;
    for failure in [
        InjectedFailure::ConnectRefused,
        InjectedFailure::PoolExhausted,
    ] {
        for _ in 0..SOME {
            fixture.system_refuses(failure, 0, 1)?;
            let request = ReconnectRequest { kind, reserved: 0 };
            fixture.refuse(fixture.main, &request, Status::INSUFFICIENT_RESOURCES)?;
        }
    }
    nothing_is_held(fixture)
}
