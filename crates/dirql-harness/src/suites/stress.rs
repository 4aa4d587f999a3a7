//! Stress: threads and interrupts on the shared state at once.
//!
//! The same judge looks at two ways to the state: under the lock, where it must find nothing, and
//! past the lock, where it must be able to find something, or its silence would prove nothing.

use dirql_ioctl::Status;
use dirql_ioctl::stress::{
    INTERRUPTS_MAX, Mode, StressReply, StressRequest, THREADS_MAX, TRANSFERS_MAX,
};
use dirql_ioctl::synchronize::{ACCOUNTS_TOTAL, Operation};

use super::suite;
use crate::check::{Stop, Verdict, equal, fail, that, within};
use crate::fixture::{Fixture, synchronize};
use crate::target::OpenAccess;

suite! { "stress":
    lock_keeps_the_invariant,
    isr_checks_the_invariant_too,
    one_thread_without_interrupts,
    most_threads,
    without_the_lock_every_transfer_is_counted_too,
    without_the_lock_the_same_judge_finds_violations needs Interleaving,
    violations_of_one_run_do_not_stay,
    synchronize_goes_on_meanwhile,
    second_run_is_refused_or_comes_after,
    cancelled_run_ends_its_threads,
    closed_handle_leaves_no_thread_behind,
}

const fn request(mode: Mode, threads: u32, transfers: u32, interrupts: u32) -> StressRequest {
    StressRequest {
        mode: mode as u32,
        threads,
        transfers,
        interrupts,
        reserved: 0,
    }
}

/// A run that nothing can end in time but a cancellation.
const ENDLESS: StressRequest = request(Mode::Locked, THREADS_MAX, TRANSFERS_MAX, INTERRUPTS_MAX);

/// Everything that a run under the lock promises.
#[track_caller]
fn exact(request: &StressRequest, reply: &StressReply) -> Verdict {
    let transfers = u64::from(request.threads) * u64::from(request.transfers);
    equal("transfers", reply.transfers, transfers)?;
    equal("not run", reply.not_run, 0)?;
    equal("violations in threads", reply.violations_in_thread, 0)?;
    equal("violations in the ISR", reply.violations_in_isr, 0)?;
    equal(
        "interrupts raised",
        reply.interrupts_raised,
        request.interrupts.into(),
    )?;
    within(
        "checks in the ISR",
        reply.checks_in_isr,
        u64::from(request.interrupts.min(1))..=request.interrupts.into(),
    )?;
    equal("final sum", reply.final_total, ACCOUNTS_TOTAL)
}

fn lock_keeps_the_invariant(fixture: &mut Fixture<'_>) -> Verdict {
    for (threads, transfers, interrupts) in [(2, 100, 20), (4, 50, 20), (3, 64, 0)] {
        let request = request(Mode::Locked, threads, transfers, interrupts);
        let reply = fixture.ask(fixture.main, &request)?;
        exact(&request, &reply)?;
    }
    Ok(())
}

fn isr_checks_the_invariant_too(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    let request = request(Mode::Locked, 2, 30, 40);
    let reply = fixture.ask(fixture.main, &request)?;
    exact(&request, &reply)?;
    let claimed = fixture.statistics()?.claimed - before.claimed;
    within("interrupts claimed", claimed, reply.checks_in_isr..=40)
}

fn one_thread_without_interrupts(fixture: &mut Fixture<'_>) -> Verdict {
    for mode in [Mode::Locked, Mode::Control] {
        // Alone, even the way past the lock breaks nothing.
        let request = request(mode, 1, 50, 0);
        let reply = fixture.ask(fixture.main, &request)?;
        exact(&request, &reply)?;
    }
    Ok(())
}

fn most_threads(fixture: &mut Fixture<'_>) -> Verdict {
    let request = request(Mode::Locked, THREADS_MAX, 10, 8);
    let reply = fixture.ask(fixture.main, &request)?;
    exact(&request, &reply)
}

fn without_the_lock_every_transfer_is_counted_too(fixture: &mut Fixture<'_>) -> Verdict {
    let request = request(Mode::Control, 2, 60, 10);
    let reply = fixture.ask(fixture.main, &request)?;
    equal("transfers", reply.transfers, 120)?;
    equal("not run", reply.not_run, 0)?;
    equal("interrupts raised", reply.interrupts_raised, 10)
}

fn without_the_lock_the_same_judge_finds_violations(fixture: &mut Fixture<'_>) -> Verdict {
    // The schedule goes on from run to run, so that each run is another one.
    const RUNS: u32 = 32;
    for _ in 0..RUNS {
        let reply = fixture.ask(fixture.main, &request(Mode::Control, 2, 100, 10))?;
        let violations = reply.violations_in_thread + reply.violations_in_isr;
        if violations > 0 || reply.final_total != ACCOUNTS_TOTAL {
            return Ok(());
        }
    }
    let none = format!("{RUNS} runs past the lock broke no invariant");
    if fixture.facts.fresh_per_test {
        fail(none + ": the judge sees nothing, or the schedule never interleaves")
    } else {
        Err(Stop::Skipped(format!(
            "inconclusive: {none} on this machine"
        )))
    }
}

fn violations_of_one_run_do_not_stay(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..3 {
        fixture.ask(fixture.main, &request(Mode::Control, 3, 40, 5))?;
        let request = request(Mode::Locked, 2, 20, 5);
        let reply = fixture.ask(fixture.main, &request)?;
        exact(&request, &reply)?;
    }
    Ok(())
}

fn synchronize_goes_on_meanwhile(fixture: &mut Fixture<'_>) -> Verdict {
    let other = fixture.open(OpenAccess::WRITE)?;
    let counter = fixture.snapshot()?.counter;
    let request = request(Mode::Locked, 2, 100, 20);
    let stress = fixture.start(fixture.main, &request)?;
    for _ in 0..5 {
        let add = fixture.ask(other, &synchronize(Operation::Add, 1, 10))?;
        equal("ran", add.ran, 10)?;
    }
    let reply = fixture.reply(stress)?;
    exact(&request, &reply)?;
    equal(
        "counter",
        fixture.snapshot()?.counter,
        counter.wrapping_add(50),
    )
}

fn second_run_is_refused_or_comes_after(fixture: &mut Fixture<'_>) -> Verdict {
    let other = fixture.open(OpenAccess::WRITE)?;
    let request = request(Mode::Locked, 2, 60, 10);
    for _ in 0..3 {
        let runs = [
            fixture.start(fixture.main, &request)?,
            fixture.start(other, &request)?,
        ];
        let mut served = 0;
        for run in runs {
            match fixture.outcome(run)? {
                Ok(reply) => {
                    exact(&request, &reply)?;
                    served += 1;
                }
                Err(answer) => that(
                    answer.is(Status::INVALID_DEVICE_STATE),
                    format_args!("one of two runs ended with {answer}"),
                )?,
            }
        }
        that(served > 0, "neither of two runs was served")?;
    }
    Ok(())
}

/// After a run was cut short: no thread is left that touches the state or keeps the run open.
fn is_at_rest(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.settle()?;
    let before = fixture.snapshot()?;
    let request = request(Mode::Locked, 2, 10, 2);
    let reply = fixture.ask(fixture.main, &request)?;
    exact(&request, &reply)?;
    equal("counter", fixture.snapshot()?.counter, before.counter)
}

fn cancelled_run_ends_its_threads(fixture: &mut Fixture<'_>) -> Verdict {
    let other = fixture.open(OpenAccess::WRITE)?;
    // In the simulator nothing runs while the host does nothing: other requests let the run begin.
    // Where threads run until they block they would let it end, too.
    let requests_meanwhile: &[u32] = if fixture.interleaves() {
        &[0, 1, 3]
    } else {
        &[0]
    };
    for count in requests_meanwhile {
        let run = fixture.start(fixture.main, &ENDLESS)?;
        for _ in 0..*count {
            fixture.ask(other, &synchronize(Operation::Nothing, 0, 20))?;
        }
        fixture.cancel(&run)?;
        fixture.ends_with(run, Status::CANCELLED)?;
        is_at_rest(fixture)?;
    }
    Ok(())
}

fn closed_handle_leaves_no_thread_behind(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..2 {
        let handle = fixture.open(OpenAccess::WRITE)?;
        let request = request(Mode::Locked, 4, 100, 20);
        let run = fixture.start(handle, &request)?;
        fixture.close(handle)?;
        // To close a handle cancels what is queued on it; a run that has begun may go to its end.
        match fixture.outcome(run)? {
            Ok(reply) => exact(&request, &reply)?,
            Err(answer) => that(
                answer.is(Status::CANCELLED),
                format_args!("the run ended with {answer}"),
            )?,
        }
        is_at_rest(fixture)?;
    }
    Ok(())
}
