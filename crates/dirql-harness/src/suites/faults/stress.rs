//! A stress run whose threads the system refuses or keeps waiting, or whose closures it does not run.

use dirql_ioctl::Status;
use dirql_ioctl::code;
use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::interrupt::SetActiveRequest;
use dirql_ioctl::stress::{Mode, StressReply, StressRequest};
use dirql_ioctl::synchronize::ACCOUNTS_TOTAL;
use nt_model::{DeviceState, InjectedFailure, Transition};
use zerocopy::IntoBytes;

use crate::check::{Verdict, equal};
use crate::fixture::Fixture;

const fn request(threads: u32, transfers: u32, interrupts: u32) -> StressRequest {
    StressRequest {
        mode: Mode::Locked as u32,
        threads,
        transfers,
        interrupts,
        reserved: 0,
    }
}

/// The next run is served as if nothing had been.
#[track_caller]
fn next_run_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    let reply = fixture.ask(fixture.main, &request(2, 20, 4))?;
    equal("transfers", reply.transfers, 40)?;
    equal("interrupts raised", reply.interrupts_raised, 4)?;
    equal("not run", reply.not_run, 0)?;
    equal("violations in threads", reply.violations_in_thread, 0)?;
    equal("violations in the ISR", reply.violations_in_isr, 0)?;
    equal("final sum", reply.final_total, ACCOUNTS_TOTAL)
}

pub(super) fn any_refused_thread_ends_a_run(fixture: &mut Fixture<'_>) -> Verdict {
    const THREADS: u32 = 3;
    let request = request(THREADS, 20, 4);
    // The first thread is the run's own.
    for refused in 0..=THREADS {
        fixture.system_refuses(InjectedFailure::ThreadRefused, refused, 1)?;
        let before = fixture.reported_state()?;
        fixture.refused_and_unchanged(
            &before,
            fixture.main,
            (code::STRESS, request.as_bytes(), size_of::<StressReply>()),
            Status::INSUFFICIENT_RESOURCES,
            &format!("a run whose thread {refused} is refused"),
        )?;
        next_run_is_served(fixture)?;
    }
    Ok(())
}

pub(super) fn exhausted_pool_ends_a_run(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.system_refuses(InjectedFailure::PoolExhausted, 0, 1)?;
    let before = fixture.reported_state()?;
    fixture.refused_and_unchanged(
        &before,
        fixture.main,
        (
            code::STRESS,
            request(2, 20, 4).as_bytes(),
            size_of::<StressReply>(),
        ),
        Status::INSUFFICIENT_RESOURCES,
        "a run without memory for its list of threads",
    )?;
    next_run_is_served(fixture)
}

pub(super) fn starved_thread_times_a_run_out(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.system_refuses(InjectedFailure::ThreadStarved, 1, 1)?;
    fixture.refuse(fixture.main, &request(2, 20, 0), Status::IO_TIMEOUT)?;
    // That of the run itself, which has just completed its request.
    fixture.threads_at_most(1)?;
    next_run_is_served(fixture)
}

pub(super) fn starved_thread_lets_its_run_be_cancelled(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.system_refuses(InjectedFailure::ThreadStarved, 0, 1)?;
    let run = fixture.start(fixture.main, &request(2, 20, 4))?;
    // Until this is served the run has begun, too, and has no processor yet.
    fixture.snapshot()?;
    fixture.cancel(&run)?;
    fixture.ends_with(run, Status::CANCELLED)?;
    next_run_is_served(fixture)
}

pub(super) fn run_that_is_on_keeps_out_what_would_meet_it(fixture: &mut Fixture<'_>) -> Verdict {
    let kind = fixture.any_kind();
    let connection = fixture.connection()?;
    fixture.system_refuses(InjectedFailure::ThreadStarved, 0, 1)?;
    let run = fixture.start(fixture.main, &request(2, 20, 4))?;
    // Until this is served the run has begun, too, and has no processor yet.
    fixture.snapshot()?;
    let on = Status::INVALID_DEVICE_STATE;
    fixture.refuse(fixture.main, &request(1, 1, 0), on)?;
    let reconnect = ReconnectRequest {
        kind: kind as u32,
        reserved: 0,
    };
    fixture.refuse(fixture.main, &reconnect, on)?;
    for active in [0, 1] {
        let reserved = 0;
        fixture.refuse(fixture.main, &SetActiveRequest { active, reserved }, on)?;
    }
    equal("the connection", fixture.connection()?, connection)?;
    fixture.cancel(&run)?;
    fixture.ends_with(run, Status::CANCELLED)?;
    next_run_is_served(fixture)?;
    fixture.reconnect(kind).map(drop)
}

pub(super) fn run_counts_a_transfer_that_did_not_run(fixture: &mut Fixture<'_>) -> Verdict {
    const LOST: u32 = 3;
    // Without interrupts the first call is the one that begins the watch, the last one ends it.
    fixture.system_refuses(InjectedFailure::NotSynchronized, 5, LOST)?;
    let before = fixture.statistics()?.not_run;
    let reply = fixture.ask(fixture.main, &request(2, 20, 0))?;
    equal("not run", reply.not_run, LOST.into())?;
    equal("transfers", reply.transfers, u64::from(40 - LOST))?;
    equal("final sum", reply.final_total, ACCOUNTS_TOTAL)?;
    fixture.counted_as_not_run(before, LOST.into())?;
    next_run_is_served(fixture)
}

pub(super) fn run_that_cannot_begin_or_end_is_an_internal_error(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    for call in [0, 41] {
        let before = fixture.statistics()?.not_run;
        fixture.system_refuses(InjectedFailure::NotSynchronized, call, 1)?;
        fixture.refuse(fixture.main, &request(2, 20, 0), Status::INTERNAL_ERROR)?;
        fixture.counted_as_not_run(before, 1)?;
        next_run_is_served(fixture)?;
    }
    Ok(())
}

pub(super) fn run_ends_where_the_device_leaves_d0(fixture: &mut Fixture<'_>) -> Verdict {
    for instructions in [3_000, 30_000] {
        let run = fixture.start(fixture.main, &request(2, 20_000, 50))?;
        fixture.advance(instructions)?;
        fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
        fixture.ends_with(run, Status::DEVICE_NOT_READY)?;
        fixture.transition(Transition::PowerUp, DeviceState::Started)?;
        next_run_is_served(fixture)?;
    }
    Ok(())
}
