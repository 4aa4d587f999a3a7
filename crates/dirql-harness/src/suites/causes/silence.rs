//! The device is silent wherever its interrupt is given up: whatever was on its way to it has arrived, and no source
//! that can raise is left on.

use dirql_ioctl::Status;
use dirql_ioctl::interrupt::{RaiseRequest, SetActiveRequest};
use nt_model::{DeviceState, InjectedFailure, Transition};

use crate::check::{Verdict, equal, within};
use crate::fixture::Fixture;
use crate::suites::transition::instructions;

/// How long the device computes in these tests: longer than any change takes.
const COMPUTING: u32 = 300_000;

/// The changes in which the driver gives its interrupt up, and takes it again.
fn every_change(
    fixture: &mut Fixture<'_>,
    mut before: impl FnMut(&mut Fixture<'_>) -> Verdict,
) -> Verdict {
    let resource = fixture.variant.resource;
    before(fixture)?;
    fixture.set_active(false)?;
    fixture.set_active(true)?;
    before(fixture)?;
    fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
    fixture.transition(Transition::PowerUp, DeviceState::Started)?;
    for kind in fixture.kinds(resource) {
        before(fixture)?;
        fixture.reconnect(kind)?;
    }
    before(fixture)?;
    fixture.transition(Transition::Stop, DeviceState::Stopped)?;
    fixture.transition(Transition::Restart(resource), DeviceState::Started)?;
    fixture.settle()
}

/// The next interrupt is served as ever, and nothing that was before comes with it.
fn serves(fixture: &mut Fixture<'_>) -> Verdict {
    let answer = fixture.interrupt(0x8)?;
    equal("causes of the next interrupt", answer.causes, 0x8)
}

/// What is answered to have reached the device has, and is an interrupt: also where the driver gives its interrupt up next.
pub(super) fn raise_that_is_answered_has_reached_the_device(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    let mut raised = 0;
    every_change(fixture, |fixture| {
        fixture.system_refuses(InjectedFailure::WriteHeldUp, 0, 1)?;
        fixture.raise(0x2, 1)?;
        raised += 1;
        Ok(())
    })?;
    let after = fixture.statistics()?;
    equal("raised", after.raised - before.raised, raised)?;
    // The service routine may come too late where its moment is left to chance: the cause is silenced first.
    let least = if fixture.interleaves() { 0 } else { raised };
    within(
        "cause 1",
        after.causes[1] - before.causes[1],
        least..=raised,
    )?;
    serves(fixture)
}

pub(super) fn raise_on_its_way_is_an_interrupt(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..4 {
        let before = fixture.statistics()?;
        fixture.system_refuses(InjectedFailure::WriteHeldUp, 0, 1)?;
        let answer = fixture.interrupt(0x2)?;
        equal("causes", answer.causes, 0x2)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        equal("claimed", after.claimed - before.claimed, 1)?;
        equal("cause 1", after.causes[1] - before.causes[1], 1)?;
    }
    Ok(())
}

pub(super) fn acknowledgement_on_its_way_serves_the_cause_once(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    for _ in 0..4 {
        let before = fixture.statistics()?;
        // The raise comes first, and then the acknowledgement.
        fixture.system_refuses(InjectedFailure::WriteHeldUp, 1, 1)?;
        fixture.interrupt(0x2)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        equal("claimed", after.claimed - before.claimed, 1)?;
        equal("cause 1", after.causes[1] - before.causes[1], 1)?;
    }
    Ok(())
}

/// The closure that was to silence the device never ran: the driver silences it once nothing is connected any more.
pub(super) fn device_of_a_lost_interrupt_is_silent(fixture: &mut Fixture<'_>) -> Verdict {
    fixture.system_refuses(InjectedFailure::NotSynchronized, 0, 1)?;
    fixture.device_computes(COMPUTING)?;
    let inactive = SetActiveRequest {
        active: 0,
        reserved: 0,
    };
    fixture.refuse(fixture.main, &inactive, Status::INTERNAL_ERROR)?;
    fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
    fixture.transition(Transition::PowerUp, DeviceState::Started)?;
    fixture.interrupt_is_lost()
}

pub(super) fn raise_meets_a_change(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..16 {
        fixture.system_refuses(InjectedFailure::WriteHeldUp, 0, 1)?;
        let request = RaiseRequest {
            causes: 0x2,
            count: 1,
            reserved: 0,
        };
        let raise = fixture.start(fixture.main, &request)?;
        let later = instructions(fixture, 600);
        fixture.advance(later)?;
        fixture.transition(Transition::PowerDown, DeviceState::LowPower)?;
        fixture.transition(Transition::PowerUp, DeviceState::Started)?;
        fixture.reply(raise)?;
    }
    fixture.settle()?;
    serves(fixture)
}

pub(super) fn computation_that_would_raise_is_told_not_to(fixture: &mut Fixture<'_>) -> Verdict {
    let before = fixture.statistics()?;
    every_change(fixture, |fixture| {
        // Those that silence the device, until something is read from it.
        fixture.system_refuses(InjectedFailure::WriteHeldUp, 0, 2)?;
        fixture.device_computes(COMPUTING)
    })?;
    let after = fixture.statistics()?;
    equal("claimed", after.claimed, before.claimed)?;
    equal("raised", after.raised, before.raised)?;
    serves(fixture)
}

pub(super) fn computation_that_raises_while_live_is_an_interrupt(
    fixture: &mut Fixture<'_>,
) -> Verdict {
    let before = fixture.statistics()?;
    fixture.device_computes(COMPUTING)?;
    let answer = fixture.wait_after(before.sequence)?;
    equal("causes", answer.causes, 0x1)
}
