//! Causes for which nothing has asked. While the interrupt is live each is an interrupt like any other; while it is
//! not, they are acknowledged and forgotten, and the line is the neighbour's at any time.

use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::interrupt::{SetActiveRequest, WaitRequest};
use dirql_ioctl::statistics::StatisticsReply;
use nt_model::{DeviceState, InjectedFailure, Transition};

use crate::bench::Bench;
use crate::check::{Verdict, equal, within};
use crate::suites::transition::instructions;

/// The causes that the device raises, one after the other. No request of these tests raises them.
const CAUSES: [u32; 3] = [0x400, 0x8000_0000, 0x400];
/// At how many moments of one change the device raises them.
const MOMENTS: usize = 16;

/// Everything that was on its way has arrived, and the next interrupt is served as ever.
fn serves(bench: &mut Bench<'_>) -> Verdict {
    bench.settle()?;
    equal(
        "causes of the next interrupt",
        bench.interrupt(0x8)?.causes,
        0x8,
    )
}

/// The device has raised its causes while the interrupt was not live: nothing was counted.
fn forgotten(bench: &mut Bench<'_>, before: &StatisticsReply) -> Verdict {
    bench.settle()?;
    let after = bench.statistics()?;
    equal("sequence", after.sequence, before.sequence)?;
    equal("claimed", after.claimed, before.claimed)?;
    equal("raised", after.raised, before.raised)?;
    equal("causes", after.causes, before.causes)?;
    serves(bench)
}

/// The device has raised its causes so often at moments at which the interrupt may have been live: each was counted
/// once or forgotten.
fn counted_once_at_most(bench: &mut Bench<'_>, before: &StatisticsReply, rounds: u64) -> Verdict {
    bench.settle()?;
    let after = bench.statistics()?;
    let mut acknowledged = 0;
    for (bit, (after, before)) in after.causes.iter().zip(before.causes).enumerate() {
        let raised = CAUSES.iter().filter(|cause| **cause == 1 << bit).count() as u64;
        let counted = after - before;
        within(format_args!("cause {bit}"), counted, 0..=raised * rounds)?;
        acknowledged += counted;
    }
    let claimed = after.claimed - before.claimed;
    within("claimed", claimed, 0..=acknowledged)?;
    equal("sequence", after.sequence - before.sequence, claimed)?;
    equal("raised", after.raised, before.raised)?;
    serves(bench)
}

/// The device raises its causes, each so many instructions after the one before, and so does its neighbour.
fn raises(bench: &mut Bench<'_>, bound: u32) -> Verdict {
    for cause in CAUSES {
        let later = instructions(bench, bound);
        bench.advance(later)?;
        bench.device_raises(cause)?;
        if bench.choices.below(4) == 0 {
            bench.neighbour_interrupts()?;
        }
    }
    Ok(())
}

pub(super) fn cause_while_live_is_an_interrupt(bench: &mut Bench<'_>) -> Verdict {
    for cause in CAUSES {
        let before = bench.statistics()?;
        let after = before.sequence;
        let wait = bench.start(bench.main, &WaitRequest { after })?;
        bench.still_pending(&wait)?;
        bench.device_raises(cause)?;
        let answer = bench.reply(wait)?;
        equal("sequence", answer.sequence, after + 1)?;
        equal("causes", answer.causes, cause)?;
        bench.settle()?;
        let now = bench.statistics()?;
        equal("claimed", now.claimed, before.claimed + 1)?;
        equal("raised", now.raised, before.raised)?;
    }
    Ok(())
}

pub(super) fn cause_while_inactive_is_forgotten(bench: &mut Bench<'_>) -> Verdict {
    for cause in CAUSES {
        bench.set_active(false)?;
        let before = bench.statistics()?;
        bench.device_raises(cause)?;
        bench.settle()?;
        equal(
            "the sequence while inactive",
            bench.statistics()?.sequence,
            before.sequence,
        )?;
        bench.set_active(true)?;
        forgotten(bench, &before)?;
    }
    Ok(())
}

pub(super) fn cause_while_asleep_is_forgotten(bench: &mut Bench<'_>) -> Verdict {
    for cause in CAUSES {
        let before = bench.statistics()?;
        bench.transition(Transition::PowerDown, DeviceState::LowPower)?;
        bench.device_raises(cause)?;
        bench.neighbour_interrupts()?;
        bench.advance(1_000)?;
        bench.transition(Transition::PowerUp, DeviceState::Started)?;
        forgotten(bench, &before)?;
    }
    Ok(())
}

pub(super) fn cause_while_stopped_is_forgotten(bench: &mut Bench<'_>) -> Verdict {
    for cause in CAUSES {
        let before = bench.statistics()?;
        bench.transition(Transition::Stop, DeviceState::Stopped)?;
        bench.device_raises(cause)?;
        bench.transition(
            Transition::Restart(bench.variant.resource),
            DeviceState::Started,
        )?;
        forgotten(bench, &before)?;
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_soft_change(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..MOMENTS {
        let before = bench.statistics()?;
        for active in [0, 1] {
            let request = SetActiveRequest {
                active,
                reserved: 0,
            };
            let change = bench.start(bench.main, &request)?;
            raises(bench, 400)?;
            bench.reply(change)?;
        }
        counted_once_at_most(bench, &before, 2)?;
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_reconnect(bench: &mut Bench<'_>) -> Verdict {
    for kind in bench.kinds(bench.variant.resource) {
        for _ in 0..MOMENTS {
            let before = bench.statistics()?;
            let request = ReconnectRequest {
                kind: kind as u32,
                reserved: 0,
            };
            let reconnect = bench.start(bench.main, &request)?;
            raises(bench, 600)?;
            equal("kind", bench.reply(reconnect)?.kind_asked, kind as u32)?;
            counted_once_at_most(bench, &before, 1)?;
        }
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_change_of_power(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..MOMENTS {
        let before = bench.statistics()?;
        bench.begin_transition(Transition::PowerDown)?;
        raises(bench, 400)?;
        bench.end_transition(DeviceState::LowPower)?;
        bench.begin_transition(Transition::PowerUp)?;
        raises(bench, 400)?;
        bench.end_transition(DeviceState::Started)?;
        counted_once_at_most(bench, &before, 2)?;
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_restart(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..MOMENTS {
        let before = bench.statistics()?;
        bench.begin_transition(Transition::Stop)?;
        raises(bench, 600)?;
        bench.end_transition(DeviceState::Stopped)?;
        bench.begin_transition(Transition::Restart(bench.variant.resource))?;
        raises(bench, 1_000)?;
        bench.end_transition(DeviceState::Started)?;
        counted_once_at_most(bench, &before, 2)?;
    }
    Ok(())
}

/// A service routine that was called before the interrupt was inactive goes on after that, a millisecond later.
pub(super) fn service_routine_at_the_device_keeps_it_in_d0(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..2 * MOMENTS {
        let before = bench.statistics()?;
        bench.system_refuses(InjectedFailure::ReadStalled, 0, 2)?;
        bench.begin_transition(Transition::PowerDown)?;
        raises(bench, 200)?;
        bench.end_transition(DeviceState::LowPower)?;
        bench.transition(Transition::PowerUp, DeviceState::Started)?;
        counted_once_at_most(bench, &before, 1)?;
    }
    Ok(())
}
