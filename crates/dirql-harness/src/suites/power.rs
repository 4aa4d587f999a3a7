//! Power: the device leaves D0 and comes back, whatever is in flight. In the simulator only.
//!
//! The default queue is managed with the power: what comes meanwhile waits. A request that waits for
//! an interrupt goes on waiting: the interrupt that ends it may come after.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, WaitRequest};
use nt_model::{DeviceState, InjectedFailure, Transition};

use super::suite;
use super::transition::{instructions, matrix, points, requests_wait_out};
use crate::bench::Bench;
use crate::check::{Verdict, equal, that};
use crate::target::OpenAccess;

suite! { "power":
    every_request_in_flight_ends_once,
    requests_wait_for_d0,
    a_wait_goes_on_across_the_change,
    no_wake_up_is_lost_across_the_change,
    a_wait_whose_dpc_is_late_ends_before_sleep,
    a_wait_is_cancelled_while_asleep,
    a_closed_handle_is_no_obstacle_while_asleep,
    the_records_survive,
    an_interrupt_that_was_inactive_stays_so,
    other_devices_on_the_line_interrupt_meanwhile,
    many_times,
}

fn sleep(bench: &mut Bench<'_>) -> Verdict {
    bench.transition(Transition::PowerDown, DeviceState::LowPower)
}

fn wake(bench: &mut Bench<'_>) -> Verdict {
    bench.transition(Transition::PowerUp, DeviceState::Started)
}

fn every_request_in_flight_ends_once(bench: &mut Bench<'_>) -> Verdict {
    matrix(bench, |bench, (code, input, output), point| {
        let handle = bench.open(OpenAccess::BOTH)?;
        bench.submit(handle, *code, input, *output)?;
        bench.advance(point)?;
        bench.begin_transition(Transition::PowerDown)?;
        let late = instructions(bench, 400);
        bench.advance(late)?;
        // One that comes while the device is on its way.
        bench.submit(handle, *code, input, *output)?;
        bench.end_transition(DeviceState::LowPower)?;
        bench.begin_transition(Transition::PowerUp)?;
        bench.advance(late)?;
        bench.submit(handle, *code, input, *output)?;
        bench.end_transition(DeviceState::Started)?;
        // Closing cancels the waits; the judge looks at how the others have ended.
        bench.close(handle)?;
        bench.await_all()?;
        bench.set_active(true)?;
        bench.interrupt(0x1).map(drop)
    })
}

fn requests_wait_for_d0(bench: &mut Bench<'_>) -> Verdict {
    requests_wait_out(bench, "asleep", sleep, wake)
}

fn a_wait_goes_on_across_the_change(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    bench.still_pending(&wait)?;
    for _ in 0..3 {
        sleep(bench)?;
        bench.still_pending(&wait)?;
        wake(bench)?;
        bench.still_pending(&wait)?;
    }
    bench.raise(0x10, 1)?;
    let answer = bench.reply(wait)?;
    equal("sequence", answer.sequence, after + 1)?;
    equal("causes", answer.causes, 0x10)
}

fn no_wake_up_is_lost_across_the_change(bench: &mut Bench<'_>) -> Verdict {
    let waiter = bench.open(OpenAccess::READ)?;
    let raiser = bench.open(OpenAccess::WRITE)?;
    for _ in 0..4 {
        for point in points(bench) {
            let after = bench.snapshot()?.sequence;
            let wait = bench.start(waiter, &WaitRequest { after })?;
            let raise = RaiseRequest {
                causes: 0x2,
                count: 1,
                reserved: 0,
            };
            let raise = bench.start(raiser, &raise)?;
            bench.advance(point)?;
            sleep(bench)?;
            wake(bench)?;
            bench.outcome(raise)?.ok();
            // Counted or not, an interrupt that came ends the wait; one that did not is made.
            if bench.snapshot()?.sequence == after {
                bench.still_pending(&wait)?;
                bench.raise(0x4, 1)?;
            }
            that(bench.reply(wait)?.sequence > after, "the wait ended early")?;
        }
    }
    Ok(())
}

fn a_wait_whose_dpc_is_late_ends_before_sleep(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..8 {
        let after = bench.snapshot()?.sequence;
        let wait = bench.start(bench.main, &WaitRequest { after })?;
        bench.still_pending(&wait)?;
        bench.system_refuses(InjectedFailure::DpcLate, 0, 1)?;
        bench.raise(0x1, 1)?;
        // The DPC may find no interrupt any more.
        sleep(bench)?;
        equal("sequence", bench.reply(wait)?.sequence, after + 1)?;
        wake(bench)?;
    }
    Ok(())
}

fn a_wait_is_cancelled_while_asleep(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let wait = bench.start(bench.main, &WaitRequest { after })?;
    let kept = bench.start(bench.main, &WaitRequest { after })?;
    bench.still_pending(&wait)?;
    sleep(bench)?;
    bench.cancel(&wait)?;
    bench.ends_with(wait, Status::CANCELLED)?;
    bench.still_pending(&kept)?;
    wake(bench)?;
    bench.raise(0x1, 1)?;
    equal("sequence", bench.reply(kept)?.sequence, after + 1)
}

fn a_closed_handle_is_no_obstacle_while_asleep(bench: &mut Bench<'_>) -> Verdict {
    let handle = bench.open(OpenAccess::BOTH)?;
    let wait = bench.start(
        handle,
        &WaitRequest {
            after: u64::MAX - 1,
        },
    )?;
    bench.still_pending(&wait)?;
    sleep(bench)?;
    let late = bench.start(
        handle,
        &WaitRequest {
            after: u64::MAX - 1,
        },
    )?;
    bench.close(handle)?;
    bench.ends_with(wait, Status::CANCELLED)?;
    bench.ends_with(late, Status::CANCELLED)?;
    wake(bench)?;
    bench.interrupt(0x1).map(drop)
}

fn the_records_survive(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..3 {
        bench.interrupt(0x1)?;
    }
    bench.settle()?;
    let before = bench.reported_state()?;
    sleep(bench)?;
    wake(bench)?;
    let mut after = bench.reported_state()?;
    // What other devices on the line did meanwhile, and the looks at the records themselves.
    after.statistics.not_mine = before.statistics.not_mine;
    equal("difference", before.difference(&after), None)
}

fn an_interrupt_that_was_inactive_stays_so(bench: &mut Bench<'_>) -> Verdict {
    bench.set_active(false)?;
    sleep(bench)?;
    wake(bench)?;
    equal("active", bench.connection()?.active, 0)?;
    bench.set_active(true)?;
    bench.interrupt(0x1).map(drop)
}

fn other_devices_on_the_line_interrupt_meanwhile(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..4 {
        bench.begin_transition(Transition::PowerDown)?;
        for _ in 0..6 {
            bench.neighbour_interrupts()?;
            bench.advance(150)?;
        }
        bench.end_transition(DeviceState::LowPower)?;
        bench.neighbour_interrupts()?;
        bench.advance(1_000)?;
        bench.begin_transition(Transition::PowerUp)?;
        for _ in 0..6 {
            bench.neighbour_interrupts()?;
            bench.advance(150)?;
        }
        bench.end_transition(DeviceState::Started)?;
        bench.interrupt(0x1)?;
    }
    Ok(())
}

fn many_times(bench: &mut Bench<'_>) -> Verdict {
    let generation = bench.connection()?.generation;
    for _ in 0..20 {
        sleep(bench)?;
        wake(bench)?;
        bench.interrupt(0x1)?;
    }
    equal("generation", bench.connection()?.generation, generation)
}
