//! Plug and play: stops and starts with other resources, removals expected and not, whatever is in
//! flight. In the simulator only.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::WaitRequest;
use nt_model::{DeviceState, InjectedFailure, InterruptResource, Transition};

use super::suite;
use super::transition::{every_request, instructions, matrix, points, requests_wait_out};
use crate::check::{Verdict, equal, that};
use crate::fixture::Fixture;
use crate::message;
use crate::target::OpenAccess;

suite! { "pnp":
    every_request_in_flight_ends_once_at_a_restart,
    a_restart_may_bring_another_interrupt,
    waits_end_where_the_device_is_stopped,
    a_dpc_that_is_late_has_run_when_the_device_is_stopped,
    requests_wait_for_the_restart,
    every_request_in_flight_ends_once_at_a_surprise_removal,
    a_device_may_go_during_any_change,
    a_stopped_device_may_be_gone_at_its_restart,
    a_removed_device_refuses_and_its_handles_close,
    an_open_handle_keeps_a_device_from_an_orderly_removal,
    a_closed_handle_ends_what_the_driver_owns_of_it,
    every_request_in_flight_ends_once_at_an_orderly_removal,
    a_device_is_removed_asleep_and_stopped,
    another_device_interrupts_after_this_one_is_gone needs Line,
}

const fn other(resource: InterruptResource) -> InterruptResource {
    match resource {
        InterruptResource::Line => InterruptResource::Message,
        InterruptResource::Message => InterruptResource::Line,
    }
}

fn stop(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.transition(Transition::Stop, DeviceState::Stopped)
}

fn restart(fixture: &mut Fixture<'_>, resource: InterruptResource) -> Verdict {
    fixture.transition(Transition::Restart(resource), DeviceState::Started)
}

fn every_request_in_flight_ends_once_at_a_restart(fixture: &mut Fixture<'_>) -> Verdict {
    let mut resource = fixture.variant.resource;
    matrix(fixture, |fixture, (code, input, output), point| {
        let handle = fixture.open(OpenAccess::BOTH)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.advance(point)?;
        fixture.begin_transition(Transition::Stop)?;
        let late = instructions(fixture, 400);
        fixture.advance(late)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.end_transition(DeviceState::Stopped)?;
        if late.is_multiple_of(2) {
            resource = other(resource);
        }
        fixture.begin_transition(Transition::Restart(resource))?;
        fixture.advance(late)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.end_transition(DeviceState::Started)?;
        fixture.close(handle)?;
        fixture.await_all()?;
        fixture.set_active(true)?;
        fixture.interrupt(0x1).map(drop)
    })
}

fn a_restart_may_bring_another_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    let mut resource = fixture.variant.resource;
    let mut generation = fixture.connection()?.generation;
    for _ in 0..6 {
        let before = fixture.interrupt(0x1)?.sequence;
        stop(fixture)?;
        resource = other(resource);
        restart(fixture, resource)?;
        let connection = fixture.connection()?;
        let is_message = u32::from(resource == InterruptResource::Message);
        equal(
            "resource_is_message",
            connection.resource_is_message,
            is_message,
        )?;
        equal("mode, latched or not", connection.mode, is_message)?;
        equal("generation", connection.generation, generation + 1)?;
        generation += 1;
        equal(
            "the next wait",
            fixture.interrupt(0x2)?.sequence,
            before + 1,
        )?;
        for kind in fixture.kinds(resource) {
            fixture.reconnect(kind)?;
            generation += 1;
        }
    }
    Ok(())
}

fn waits_end_where_the_device_is_stopped(fixture: &mut Fixture<'_>) -> Verdict {
    let after = fixture.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(fixture.start(fixture.main, &WaitRequest { after })?);
    }
    for wait in &waits {
        fixture.still_pending(wait)?;
    }
    stop(fixture)?;
    for wait in waits {
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    restart(fixture, fixture.variant.resource)?;
    equal("the next wait", fixture.interrupt(0x1)?.sequence, after + 1)
}

fn a_dpc_that_is_late_has_run_when_the_device_is_stopped(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..8 {
        // On its way to the waits, past the interrupt.
        fixture.system_refuses(InjectedFailure::DpcStalled, 0, 1)?;
        fixture.raise(0x1, 1)?;
        stop(fixture)?;
        restart(fixture, fixture.variant.resource)?;
    }
    Ok(())
}

fn requests_wait_for_the_restart(fixture: &mut Fixture<'_>) -> Verdict {
    requests_wait_out(fixture, "stopped", stop, |fixture| {
        restart(fixture, other(fixture.variant.resource))
    })
}

fn every_request_in_flight_ends_once_at_a_surprise_removal(fixture: &mut Fixture<'_>) -> Verdict {
    matrix(fixture, |fixture, (code, input, output), point| {
        let handle = fixture.open(OpenAccess::BOTH)?;
        let wait = WaitRequest {
            after: u64::MAX - 1,
        };
        let wait = fixture.start(handle, &wait)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.advance(point)?;
        fixture.unplug()?;
        let late = instructions(fixture, 2_000);
        fixture.advance(late)?;
        fixture.begin_transition(Transition::SurpriseRemoval)?;
        fixture.advance(late / 2)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.end_transition(DeviceState::SurpriseRemoved)?;
        fixture.outcome(wait)?.ok();
        fixture.begin_anew()
    })
}

fn a_device_may_go_during_any_change(fixture: &mut Fixture<'_>) -> Verdict {
    let resource = fixture.variant.resource;
    let changes: [&[Transition]; 4] = [
        &[Transition::PowerDown],
        &[Transition::PowerDown, Transition::PowerUp],
        &[Transition::Stop],
        &[Transition::Stop, Transition::Restart(resource)],
    ];
    for changes in changes {
        for point in points(fixture) {
            let handle = fixture.open(OpenAccess::BOTH)?;
            for (code, input, output) in every_request(fixture.any_kind()) {
                fixture.submit(handle, code, &input, output)?;
            }
            let (last, before) = changes.split_last().unwrap_or((&Transition::Stop, &[]));
            for change in before {
                fixture.begin_transition(*change)?;
                fixture.end_any_transition()?;
            }
            fixture.begin_transition(*last)?;
            fixture.advance(point)?;
            fixture.unplug()?;
            fixture.end_any_transition()?;
            fixture.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)?;
            fixture.begin_anew()?;
        }
    }
    Ok(())
}

fn a_stopped_device_may_be_gone_at_its_restart(fixture: &mut Fixture<'_>) -> Verdict {
    let wait = fixture.start(fixture.main, &WaitRequest { after: 0 })?;
    stop(fixture)?;
    fixture.ends_with(wait, Status::CANCELLED)?;
    let late = fixture.start(fixture.main, &message::Query)?;
    fixture.unplug()?;
    // The registers read all ones, so the driver does not start; what waited is cancelled.
    fixture.transition(
        Transition::Restart(fixture.variant.resource),
        DeviceState::Failed,
    )?;
    fixture.ends_with(late, Status::CANCELLED)?;
    fixture.refuse(fixture.main, &message::Query, Status::INVALID_DEVICE_STATE)?;
    fixture.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)
}

fn a_removed_device_refuses_and_its_handles_close(fixture: &mut Fixture<'_>) -> Verdict {
    let handle = fixture.open(OpenAccess::READ)?;
    fixture.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)?;
    for handle in [fixture.main, handle] {
        fixture.refuse(handle, &message::Query, Status::INVALID_DEVICE_STATE)?;
    }
    fixture.close(handle)
}

fn an_open_handle_keeps_a_device_from_an_orderly_removal(fixture: &mut Fixture<'_>) -> Verdict {
    let handle = fixture.open(OpenAccess::READ)?;
    let wait = fixture.start(
        handle,
        &WaitRequest {
            after: u64::MAX - 1,
        },
    )?;
    fixture.close(fixture.main)?;
    that(!fixture.may_be_removed()?, "a handle is open")?;
    fixture.still_pending(&wait)?;
    fixture.close(handle)?;
    fixture.ends_with(wait, Status::CANCELLED)?;
    that(fixture.may_be_removed()?, "no handle is open any more")?;
    fixture.begin_anew()
}

fn a_closed_handle_ends_what_the_driver_owns_of_it(fixture: &mut Fixture<'_>) -> Verdict {
    const ROUNDS: u32 = 24;
    // As many instructions as a wait takes on its way to the queue, from where the system cancels it.
    const ON_ITS_WAY: u32 = 1_200;
    let forever = WaitRequest {
        after: u64::MAX - 1,
    };
    for _ in 0..ROUNDS {
        // It arrives when the cleanup is over.
        let handle = fixture.open(OpenAccess::READ)?;
        let late = fixture.start_after_close(handle, &forever)?;
        fixture.ends_with(late, Status::CANCELLED)?;

        let handle = fixture.open(OpenAccess::READ)?;
        let wait = fixture.start(handle, &forever)?;
        let point = instructions(fixture, ON_ITS_WAY);
        fixture.advance(point)?;
        fixture.close(handle)?;
        fixture.ends_with(wait, Status::CANCELLED)?;
    }
    Ok(())
}

fn every_request_in_flight_ends_once_at_an_orderly_removal(fixture: &mut Fixture<'_>) -> Verdict {
    matrix(fixture, |fixture, (code, input, output), point| {
        let handle = fixture.open(OpenAccess::BOTH)?;
        fixture.submit(handle, *code, input, *output)?;
        fixture.advance(point)?;
        // The system waits for the last handle, and what was sent through it is cancelled.
        fixture.close(handle)?;
        fixture.begin_anew()
    })
}

fn a_device_is_removed_asleep_and_stopped(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
    fixture.begin_anew()?;
    stop(fixture)?;
    fixture.begin_anew()?;
    stop(fixture)?;
    restart(fixture, other(fixture.variant.resource))?;
    fixture.begin_anew()
}

fn another_device_interrupts_after_this_one_is_gone(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.interrupt(0x1)?;
    fixture.settle()?;
    let before = fixture.statistics()?;
    fixture.unplug()?;
    for _ in 0..3 {
        fixture.neighbour_interrupts()?;
        fixture.advance(1_000)?;
    }
    // The device reads all ones, and the driver has not been told.
    let after = fixture.statistics()?;
    equal(
        "interrupts that a removed device claims",
        after.claimed - before.claimed,
        0,
    )?;
    that(
        after.not_mine > before.not_mine,
        "the service routine was not called for the other device",
    )?;
    fixture.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)
}
