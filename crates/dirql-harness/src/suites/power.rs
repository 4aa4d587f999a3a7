//! Power: the device leaves D0 and comes back, whatever is in flight. In the simulator only.
//!
//! The default queue is managed with the power: what comes meanwhile waits. A request that waits for
//! an interrupt goes on waiting: the interrupt that ends it may come after.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, WaitRequest};
use nt_model::{DeviceState, InjectedFailure, Transition};

use super::suite;
use super::transition::{instructions, matrix, points, requests_wait_out, waiting, woken};
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::target::OpenAccess;

suite! { "power":
    every_request_in_flight_ends_once,
    requests_wait_for_d0,
    a_wait_goes_on_across_the_change,
    no_wake_up_is_lost_across_the_change,
    a_wait_whose_dpc_is_late_ends_before_sleep,
    a_wait_whose_interrupt_comes_on_the_way_ends_before_sleep,
    a_wait_is_cancelled_while_asleep,
    a_closed_handle_is_no_obstacle_while_asleep,
    the_records_survive,
    an_interrupt_that_was_inactive_stays_so,
    other_devices_on_the_line_interrupt_meanwhile,
    many_times,
}

fn sleep(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.transition(Transition::PowerDown, DeviceState::LowPower)
}

fn wake(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.transition(Transition::PowerUp, DeviceState::Started)
}

fn every_request_in_flight_ends_once(fixture: &mut Fixture<'_>) -> Verdict {
    matrix(fixture, |fixture, (code, input, output), point| {
        let handle = fixture.open(OpenAccess::BOTH)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.advance(point)?;
        fixture.begin_transition(Transition::PowerDown)?;
        let late = instructions(fixture, 400);
        fixture.advance(late)?;
        // One that comes while the device is on its way.
        fixture.submit(handle, *code, input, *output)?;
        fixture.end_transition(DeviceState::LowPower)?;
        fixture.begin_transition(Transition::PowerUp)?;
        fixture.advance(late)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.end_transition(DeviceState::Started)?;
        // Closing cancels the waits; the judge looks at how the others have ended.
        fixture.close(handle)?;
        fixture.await_all()?;
        fixture.set_active(true)?;
        fixture.interrupt(0x1).map(drop)
    })
}

fn requests_wait_for_d0(fixture: &mut Fixture<'_>) -> Verdict {
    requests_wait_out(fixture, "asleep", sleep, wake)
}

fn a_wait_goes_on_across_the_change(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.still_pending(&wait)?;
    for _ in 0..3 {
        sleep(fixture)?;
        fixture.still_pending(&wait)?;
        wake(fixture)?;
        fixture.still_pending(&wait)?;
    }
    fixture.raise(0x10, 1)?;
    let answer = fixture.reply(wait)?;
    equal("sequence", answer.sequence, after + 1)?;
    equal("causes", answer.causes, 0x10)
}

fn no_wake_up_is_lost_across_the_change(fixture: &mut Fixture<'_>) -> Verdict {
    let waiter = fixture.open(OpenAccess::READ)?;
    let raiser = fixture.open(OpenAccess::WRITE)?;
    for _ in 0..4 {
        for point in points(fixture) {
            let after = fixture.snapshot()?.sequence;
            let wait = fixture.start(waiter, &WaitRequest { after })?;
            let raise = RaiseRequest {
                causes: 0x2,
                count: 1,
                reserved: 0,
            };
            let raise = fixture.start(raiser, &raise)?;
            fixture.advance(point)?;
            sleep(fixture)?;
            wake(fixture)?;
            fixture.outcome(raise)?.ok();
            // Counted or not, an interrupt that came ends the wait; one that did not is made.
            if fixture.snapshot()?.sequence == after {
                fixture.still_pending(&wait)?;
                fixture.raise(0x4, 1)?;
            }
            that(
                fixture.reply(wait)?.sequence > after,
                "the wait ended early",
            )?;
        }
    }
    Ok(())
}

fn a_wait_whose_dpc_is_late_ends_before_sleep(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..8 {
        let after = fixture.snapshot()?.sequence;
        let wait = fixture.start(fixture.main, &WaitRequest { after })?;
        fixture.still_pending(&wait)?;
        fixture.system_refuses(InjectedFailure::DpcLate, 0, 1)?;
        fixture.raise(0x1, 1)?;
        // The DPC may find no interrupt any more.
        sleep(fixture)?;
        equal("sequence", fixture.reply(wait)?.sequence, after + 1)?;
        wake(fixture)?;
    }
    Ok(())
}

fn a_wait_whose_interrupt_comes_on_the_way_ends_before_sleep(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..12 {
        let wait = waiting(fixture)?;
        // The DPC may find no interrupt any more.
        fixture.system_refuses(InjectedFailure::DpcLate, 0, 1)?;
        fixture.begin_transition(Transition::PowerDown)?;
        let later = instructions(fixture, 300);
        fixture.advance(later)?;
        fixture.device_raises(0x400)?;
        fixture.end_transition(DeviceState::LowPower)?;
        let pending = fixture.has_not_ended(wait.0)?;
        wake(fixture)?;
        woken(fixture, wait, pending)?;
    }
    Ok(())
}

fn a_wait_is_cancelled_while_asleep(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let wait = fixture.start(fixture.main, &WaitRequest { after })?;
    let kept = fixture.start(fixture.main, &WaitRequest { after })?;
    fixture.still_pending(&wait)?;
    sleep(fixture)?;
    fixture.cancel(&wait)?;
    fixture.ends_with(wait, Status::CANCELLED)?;
    fixture.still_pending(&kept)?;
    wake(fixture)?;
    fixture.raise(0x1, 1)?;
    equal("sequence", fixture.reply(kept)?.sequence, after + 1)
}

fn a_closed_handle_is_no_obstacle_while_asleep(fixture: &mut Fixture<'_>) -> Verdict {
    let handle = fixture.open(OpenAccess::BOTH)?;
    let wait = fixture.start(
        handle,
        &WaitRequest {
            after: u64::MAX - 1,
        },
    )?;
    fixture.still_pending(&wait)?;
    sleep(fixture)?;
    let late = fixture.start(
        handle,
        &WaitRequest {
            after: u64::MAX - 1,
        },
    )?;
    fixture.close(handle)?;
    fixture.ends_with(wait, Status::CANCELLED)?;
    fixture.ends_with(late, Status::CANCELLED)?;
    wake(fixture)?;
    fixture.interrupt(0x1).map(drop)
}

fn the_records_survive(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..3 {
        fixture.interrupt(0x1)?;
    }
    fixture.settle()?;
    let before = fixture.reported_state()?;
    sleep(fixture)?;
    wake(fixture)?;
    let mut after = fixture.reported_state()?;
    // What other devices on the line did meanwhile, and the looks at the records themselves.
    after.statistics.not_mine = before.statistics.not_mine;
    equal("difference", before.difference(&after), None)
}

fn an_interrupt_that_was_inactive_stays_so(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.set_active(false)?;
    sleep(fixture)?;
    wake(fixture)?;
    equal("active", fixture.connection()?.active, 0)?;
    fixture.set_active(true)?;
    fixture.interrupt(0x1).map(drop)
}

fn other_devices_on_the_line_interrupt_meanwhile(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..4 {
        fixture.begin_transition(Transition::PowerDown)?;
        for _ in 0..6 {
            fixture.neighbour_interrupts()?;
            fixture.advance(150)?;
        }
        fixture.end_transition(DeviceState::LowPower)?;
        fixture.neighbour_interrupts()?;
        fixture.advance(1_000)?;
        fixture.begin_transition(Transition::PowerUp)?;
        for _ in 0..6 {
            fixture.neighbour_interrupts()?;
            fixture.advance(150)?;
        }
        fixture.end_transition(DeviceState::Started)?;
        fixture.interrupt(0x1)?;
    }
    Ok(())
}

fn many_times(fixture: &mut Fixture<'_>) -> Verdict {
    let generation = fixture.connection()?.generation;
    for _ in 0..20 {
        sleep(fixture)?;
        wake(fixture)?;
        fixture.interrupt(0x1)?;
    }
    equal("generation", fixture.connection()?.generation, generation)
}
