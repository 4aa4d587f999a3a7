//! Causes for which nothing has asked. While the interrupt is live each is an interrupt like any other; while it is
//! not, they are acknowledged and forgotten, and the line is the neighbour's at any time.

use dirql_ioctl::connection::ReconnectRequest;
use dirql_ioctl::interrupt::{SetActiveRequest, WaitRequest};
use dirql_ioctl::statistics::StatisticsReply;
use nt_model::{DeviceState, InjectedFailure, Transition};

use crate::check::{Verdict, equal, within};
use crate::fixture::Fixture;
use crate::suites::transition::instructions;

/// The causes that the device raises, one after the other. No request of these tests raises them.
const CAUSES: [u32; 3] = [0x400, 0x8000_0000, 0x400];
/// At how many moments of one change the device raises them.
const MOMENTS: usize = 16;

/// Everything that was on its way has arrived, and the next interrupt is served as ever.
fn serves(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.settle()?;
    equal(
        "causes of the next interrupt",
        fixture.interrupt(0x8)?.causes,
        0x8,
    )
}

/// The device has raised its causes while the interrupt was not live: nothing was counted.
fn forgotten(fixture: &mut Fixture<'_>, before: &StatisticsReply) -> Verdict {
    fixture.settle()?;
    let after = fixture.statistics()?;
    equal("sequence", after.sequence, before.sequence)?;
    equal("claimed", after.claimed, before.claimed)?;
    equal("raised", after.raised, before.raised)?;
    equal("causes", after.causes, before.causes)?;
    serves(fixture)
}

/// The device has raised its causes so often at moments at which the interrupt may have been live: each was counted
/// once or forgotten.
fn counted_once_at_most(
    fixture: &mut Fixture<'_>,
    before: &StatisticsReply,
    rounds: u64,
) -> Verdict {
    fixture.settle()?;
    let after = fixture.statistics()?;
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
    serves(fixture)
}

/// The device raises its causes, each so many instructions after the one before, and so does its neighbour.
fn raises(fixture: &mut Fixture<'_>, bound: u32) -> Verdict {
    for cause in CAUSES {
        let later = instructions(fixture, bound);
        fixture.advance(later)?;
        fixture.device_raises(cause)?;
        if fixture.choices.below(4) == 0 {
            fixture.neighbour_interrupts()?;
        }
    }
    Ok(())
}

pub(super) fn cause_while_live_is_an_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    for cause in CAUSES {
        let before = fixture.statistics()?;
        let after = before.sequence;
        let wait = fixture.start(fixture.main, &WaitRequest { after })?;
        fixture.still_pending(&wait)?;
        fixture.device_raises(cause)?;
        let answer = fixture.reply(wait)?;
        equal("sequence", answer.sequence, after + 1)?;
        equal("causes", answer.causes, cause)?;
        fixture.settle()?;
        let now = fixture.statistics()?;
        equal("claimed", now.claimed, before.claimed + 1)?;
        equal("raised", now.raised, before.raised)?;
    }
    Ok(())
}

pub(super) fn cause_while_inactive_is_forgotten(fixture: &mut Fixture<'_>) -> Verdict {
    for cause in CAUSES {
        fixture.set_active(false)?;
        let before = fixture.statistics()?;
        fixture.device_raises(cause)?;
        fixture.settle()?;
        equal(
            "the sequence while inactive",
            fixture.statistics()?.sequence,
            before.sequence,
        )?;
        fixture.set_active(true)?;
        forgotten(fixture, &before)?;
    }
    Ok(())
}

pub(super) fn cause_while_asleep_is_forgotten(fixture: &mut Fixture<'_>) -> Verdict {
    for cause in CAUSES {
        let before = fixture.statistics()?;
        fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
        fixture.device_raises(cause)?;
        fixture.neighbour_interrupts()?;
        fixture.advance(1_000)?;
        fixture.transition(Transition::PowerUp, DeviceState::Started)?;
        forgotten(fixture, &before)?;
    }
    Ok(())
}

pub(super) fn cause_while_stopped_is_forgotten(fixture: &mut Fixture<'_>) -> Verdict {
    for cause in CAUSES {
        let before = fixture.statistics()?;
        fixture.transition(Transition::Stop, DeviceState::Stopped)?;
        fixture.device_raises(cause)?;
        fixture.transition(
            Transition::Restart(fixture.variant.resource),
            DeviceState::Started,
        )?;
        forgotten(fixture, &before)?;
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_soft_change(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..MOMENTS {
        let before = fixture.statistics()?;
        for active in [0, 1] {
            let request = SetActiveRequest {
                active,
                reserved: 0,
            };
            let change = fixture.start(fixture.main, &request)?;
            raises(fixture, 400)?;
            fixture.reply(change)?;
        }
        counted_once_at_most(fixture, &before, 2)?;
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_reconnect(fixture: &mut Fixture<'_>) -> Verdict {
    for kind in fixture.kinds(fixture.variant.resource) {
        for _ in 0..MOMENTS {
            let before = fixture.statistics()?;
            let request = ReconnectRequest {
                kind: kind as u32,
                reserved: 0,
            };
            let reconnect = fixture.start(fixture.main, &request)?;
            raises(fixture, 600)?;
            equal("kind", fixture.reply(reconnect)?.kind_asked, kind as u32)?;
            counted_once_at_most(fixture, &before, 1)?;
        }
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_change_of_power(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..MOMENTS {
        let before = fixture.statistics()?;
        fixture.begin_transition(Transition::PowerDown)?;
        raises(fixture, 400)?;
        fixture.end_transition(DeviceState::LowPower)?;
        fixture.begin_transition(Transition::PowerUp)?;
        raises(fixture, 400)?;
        fixture.end_transition(DeviceState::Started)?;
        counted_once_at_most(fixture, &before, 2)?;
    }
    Ok(())
}

pub(super) fn cause_at_any_moment_of_a_restart(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..MOMENTS {
        let before = fixture.statistics()?;
        fixture.begin_transition(Transition::Stop)?;
        raises(fixture, 600)?;
        fixture.end_transition(DeviceState::Stopped)?;
        fixture.begin_transition(Transition::Restart(fixture.variant.resource))?;
        raises(fixture, 1_000)?;
        fixture.end_transition(DeviceState::Started)?;
        counted_once_at_most(fixture, &before, 2)?;
    }
    Ok(())
}

/// A service routine that was called before the interrupt was inactive goes on after that, a millisecond later.
pub(super) fn service_routine_at_the_device_keeps_it_in_d0(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..2 * MOMENTS {
        let before = fixture.statistics()?;
        fixture.system_refuses(InjectedFailure::ReadStalled, 0, 2)?;
        fixture.begin_transition(Transition::PowerDown)?;
        raises(fixture, 200)?;
        fixture.end_transition(DeviceState::LowPower)?;
        fixture.transition(Transition::PowerUp, DeviceState::Started)?;
        counted_once_at_most(fixture, &before, 1)?;
    }
    Ok(())
}

/// NT has taken the interrupt, and begins to call the service routine a millisecond later: not before the interrupt is
/// disconnected, where that waits for nothing but what it can see.
pub(super) fn service_routine_that_is_held_up_ends_before_a_disconnect(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let resource = fixture.variant.resource;
    for kind in fixture.kinds(resource) {
        for _ in 0..MOMENTS / 4 {
            let before = fixture.statistics()?;
            fixture.system_refuses(InjectedFailure::IsrHeldUp, 0, 1)?;
            let request = ReconnectRequest {
                kind: kind as u32,
                reserved: 0,
            };
            let reconnect = fixture.start(fixture.main, &request)?;
            raises(fixture, 200)?;
            equal("kind", fixture.reply(reconnect)?.kind_asked, kind as u32)?;
            counted_once_at_most(fixture, &before, 1)?;
        }
    }
    for _ in 0..MOMENTS / 4 {
        let before = fixture.statistics()?;
        fixture.system_refuses(InjectedFailure::IsrHeldUp, 0, 1)?;
        fixture.begin_transition(Transition::Stop)?;
        raises(fixture, 200)?;
        fixture.end_transition(DeviceState::Stopped)?;
        fixture.transition(Transition::Restart(resource), DeviceState::Started)?;
        counted_once_at_most(fixture, &before, 1)?;
    }
    Ok(())
}
