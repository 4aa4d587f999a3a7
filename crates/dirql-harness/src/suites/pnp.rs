//! Plug and play: stops and starts with other resources, removals expected and not, whatever is in
//! flight. In the simulator only.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::WaitRequest;
use nt_model::{DeviceState, InjectedFailure, InterruptResource, Transition};

use super::suite;
use super::transition::{every_request, instructions, matrix, points, requests_wait_out};
use crate::bench::Bench;
use crate::check::{Verdict, equal, that};
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

fn stop(bench: &mut Bench<'_>) -> Verdict {
    bench.transition(Transition::Stop, DeviceState::Stopped)
}

fn restart(bench: &mut Bench<'_>, resource: InterruptResource) -> Verdict {
    bench.transition(Transition::Restart(resource), DeviceState::Started)
}

fn every_request_in_flight_ends_once_at_a_restart(bench: &mut Bench<'_>) -> Verdict {
    let mut resource = bench.variant.resource;
    matrix(bench, |bench, (code, input, output), point| {
        let handle = bench.open(OpenAccess::BOTH)?;
        bench.submit(handle, *code, input, *output)?;
        bench.advance(point)?;
        bench.begin_transition(Transition::Stop)?;
        let late = instructions(bench, 400);
        bench.advance(late)?;
        bench.submit(handle, *code, input, *output)?;
        bench.end_transition(DeviceState::Stopped)?;
        if late.is_multiple_of(2) {
            resource = other(resource);
        }
        bench.begin_transition(Transition::Restart(resource))?;
        bench.advance(late)?;
        bench.submit(handle, *code, input, *output)?;
        bench.end_transition(DeviceState::Started)?;
        bench.close(handle)?;
        bench.await_all()?;
        bench.set_active(true)?;
        bench.interrupt(0x1).map(drop)
    })
}

fn a_restart_may_bring_another_interrupt(bench: &mut Bench<'_>) -> Verdict {
    let mut resource = bench.variant.resource;
    let mut generation = bench.connection()?.generation;
    for _ in 0..6 {
        let before = bench.interrupt(0x1)?.sequence;
        stop(bench)?;
        resource = other(resource);
        restart(bench, resource)?;
        let connection = bench.connection()?;
        let is_message = u32::from(resource == InterruptResource::Message);
        equal(
            "resource_is_message",
            connection.resource_is_message,
            is_message,
        )?;
        equal("mode, latched or not", connection.mode, is_message)?;
        equal("generation", connection.generation, generation + 1)?;
        generation += 1;
        equal("the next wait", bench.interrupt(0x2)?.sequence, before + 1)?;
        for kind in bench.kinds(resource) {
            bench.reconnect(kind)?;
            generation += 1;
        }
    }
    Ok(())
}

fn waits_end_where_the_device_is_stopped(bench: &mut Bench<'_>) -> Verdict {
    let after = bench.snapshot()?.sequence;
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(bench.start(bench.main, &WaitRequest { after })?);
    }
    for wait in &waits {
        bench.still_pending(wait)?;
    }
    stop(bench)?;
    for wait in waits {
        bench.ends_with(wait, Status::CANCELLED)?;
    }
    restart(bench, bench.variant.resource)?;
    equal("the next wait", bench.interrupt(0x1)?.sequence, after + 1)
}

fn a_dpc_that_is_late_has_run_when_the_device_is_stopped(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..8 {
        // On its way to the waits, past the interrupt.
        bench.system_refuses(InjectedFailure::DpcStalled, 0, 1)?;
        bench.raise(0x1, 1)?;
        stop(bench)?;
        restart(bench, bench.variant.resource)?;
    }
    Ok(())
}

fn requests_wait_for_the_restart(bench: &mut Bench<'_>) -> Verdict {
    requests_wait_out(bench, "stopped", stop, |bench| {
        restart(bench, other(bench.variant.resource))
    })
}

fn every_request_in_flight_ends_once_at_a_surprise_removal(bench: &mut Bench<'_>) -> Verdict {
    matrix(bench, |bench, (code, input, output), point| {
        let handle = bench.open(OpenAccess::BOTH)?;
        let wait = WaitRequest {
            after: u64::MAX - 1,
        };
        let wait = bench.start(handle, &wait)?;
        bench.submit(handle, *code, input, *output)?;
        bench.advance(point)?;
        bench.unplug()?;
        let late = instructions(bench, 2_000);
        bench.advance(late)?;
        bench.begin_transition(Transition::SurpriseRemoval)?;
        bench.advance(late / 2)?;
        bench.submit(handle, *code, input, *output)?;
        bench.end_transition(DeviceState::SurpriseRemoved)?;
        bench.outcome(wait)?.ok();
        bench.begin_anew()
    })
}

fn a_device_may_go_during_any_change(bench: &mut Bench<'_>) -> Verdict {
    let resource = bench.variant.resource;
    let changes: [&[Transition]; 4] = [
        &[Transition::PowerDown],
        &[Transition::PowerDown, Transition::PowerUp],
        &[Transition::Stop],
        &[Transition::Stop, Transition::Restart(resource)],
    ];
    for changes in changes {
        for point in points(bench) {
            let handle = bench.open(OpenAccess::BOTH)?;
            for (code, input, output) in every_request() {
                bench.submit(handle, code, &input, output)?;
            }
            let (last, before) = changes.split_last().unwrap_or((&Transition::Stop, &[]));
            for change in before {
                bench.begin_transition(*change)?;
                bench.end_any_transition()?;
            }
            bench.begin_transition(*last)?;
            bench.advance(point)?;
            bench.unplug()?;
            bench.end_any_transition()?;
            bench.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)?;
            bench.begin_anew()?;
        }
    }
    Ok(())
}

fn a_stopped_device_may_be_gone_at_its_restart(bench: &mut Bench<'_>) -> Verdict {
    let wait = bench.start(bench.main, &WaitRequest { after: 0 })?;
    stop(bench)?;
    bench.ends_with(wait, Status::CANCELLED)?;
    let late = bench.start(bench.main, &message::Query)?;
    bench.unplug()?;
    // The registers read all ones, so the driver does not start; what waited is cancelled.
    bench.transition(
        Transition::Restart(bench.variant.resource),
        DeviceState::Failed,
    )?;
    bench.ends_with(late, Status::CANCELLED)?;
    bench.refuse(bench.main, &message::Query, Status::INVALID_DEVICE_STATE)?;
    bench.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)
}

fn a_removed_device_refuses_and_its_handles_close(bench: &mut Bench<'_>) -> Verdict {
    let handle = bench.open(OpenAccess::READ)?;
    bench.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)?;
    for handle in [bench.main, handle] {
        bench.refuse(handle, &message::Query, Status::INVALID_DEVICE_STATE)?;
    }
    bench.close(handle)
}

fn an_open_handle_keeps_a_device_from_an_orderly_removal(bench: &mut Bench<'_>) -> Verdict {
    let handle = bench.open(OpenAccess::READ)?;
    let wait = bench.start(
        handle,
        &WaitRequest {
            after: u64::MAX - 1,
        },
    )?;
    bench.close(bench.main)?;
    that(!bench.may_be_removed()?, "a handle is open")?;
    bench.still_pending(&wait)?;
    bench.close(handle)?;
    bench.ends_with(wait, Status::CANCELLED)?;
    that(bench.may_be_removed()?, "no handle is open any more")?;
    bench.begin_anew()
}

fn every_request_in_flight_ends_once_at_an_orderly_removal(bench: &mut Bench<'_>) -> Verdict {
    matrix(bench, |bench, (code, input, output), point| {
        let handle = bench.open(OpenAccess::BOTH)?;
        bench.submit(handle, *code, input, *output)?;
        bench.advance(point)?;
        // The system waits for the last handle, and what was sent through it is cancelled.
        bench.close(handle)?;
        bench.begin_anew()
    })
}

fn a_device_is_removed_asleep_and_stopped(bench: &mut Bench<'_>) -> Verdict {
    bench.transition(Transition::PowerDown, DeviceState::LowPower)?;
    bench.begin_anew()?;
    stop(bench)?;
    bench.begin_anew()?;
    stop(bench)?;
    restart(bench, other(bench.variant.resource))?;
    bench.begin_anew()
}

fn another_device_interrupts_after_this_one_is_gone(bench: &mut Bench<'_>) -> Verdict {
    bench.interrupt(0x1)?;
    bench.settle()?;
    let before = bench.statistics()?;
    bench.unplug()?;
    for _ in 0..3 {
        bench.neighbour_interrupts()?;
        bench.advance(1_000)?;
    }
    // The device reads all ones, and the driver has not been told.
    let after = bench.statistics()?;
    equal(
        "interrupts that a removed device claims",
        after.claimed - before.claimed,
        0,
    )?;
    that(
        after.not_mine > before.not_mine,
        "the service routine was not called for the other device",
    )?;
    bench.transition(Transition::SurpriseRemoval, DeviceState::SurpriseRemoved)
}
