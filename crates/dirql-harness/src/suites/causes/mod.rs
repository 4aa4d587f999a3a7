//! Causes that the device raises by itself: between the driver's look at the others and its acknowledgement, and at
//! any moment of its life; and that it raises none where its interrupt is given up.

mod silence;
mod unasked;

use self::silence::{
    acknowledgement_on_its_way_serves_the_cause_once,
    computation_that_raises_while_live_is_an_interrupt,
    computation_that_would_raise_is_told_not_to, device_of_a_lost_interrupt_is_silent,
    raise_meets_a_change, raise_on_its_way_is_an_interrupt,
    raise_that_is_answered_has_reached_the_device,
};
use self::unasked::{
    cause_at_any_moment_of_a_change_of_power, cause_at_any_moment_of_a_reconnect,
    cause_at_any_moment_of_a_restart, cause_at_any_moment_of_a_soft_change,
    cause_while_asleep_is_forgotten, cause_while_inactive_is_forgotten,
    cause_while_live_is_an_interrupt, cause_while_stopped_is_forgotten,
    service_routine_at_the_device_keeps_it_in_d0,
    service_routine_that_is_held_up_ends_before_a_disconnect,
};
use super::suite;
use crate::check::{Verdict, equal, within};
use crate::fixture::Fixture;

suite! { "causes":
    cause_that_joins_pending_ones_is_served needs Simulator,
    cause_that_joins_is_not_acknowledged_unseen needs Simulator,
    causes_without_end_are_served_in_turns needs Simulator,
    cause_while_live_is_an_interrupt needs Simulator,
    cause_while_inactive_is_forgotten needs Simulator,
    cause_while_asleep_is_forgotten needs Simulator,
    cause_while_stopped_is_forgotten needs Simulator,
    cause_at_any_moment_of_a_soft_change needs Simulator,
    cause_at_any_moment_of_a_reconnect needs Simulator,
    cause_at_any_moment_of_a_change_of_power needs Simulator,
    cause_at_any_moment_of_a_restart needs Simulator,
    service_routine_at_the_device_keeps_it_in_d0 needs Simulator,
    service_routine_that_is_held_up_ends_before_a_disconnect needs Simulator,
    raise_that_is_answered_has_reached_the_device needs Simulator,
    raise_on_its_way_is_an_interrupt needs Simulator,
    acknowledgement_on_its_way_serves_the_cause_once needs Simulator,
    device_of_a_lost_interrupt_is_silent needs Simulator,
    raise_meets_a_change needs Simulator,
    computation_that_would_raise_is_told_not_to needs Simulator,
    computation_that_raises_while_live_is_an_interrupt needs Simulator,
}

/// Everything that was raised, by request and by the device, has been seen, once each.
#[track_caller]
fn each_seen_once(fixture: &mut Fixture<'_>, before: [u64; 32], raised: u64) -> Verdict {
    let after = fixture.statistics()?.causes;
    let seen: u64 = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .sum();
    equal(
        "causes that the driver acknowledged, one by one",
        seen,
        raised,
    )
}

fn cause_that_joins_pending_ones_is_served(fixture: &mut Fixture<'_>) -> Verdict {
    for _ in 0..3 {
        let before = fixture.statistics()?;
        fixture.device_joins_causes(0x2, 1)?;
        fixture.raise(0x1, 1)?;
        fixture.settle()?;
        let after = fixture.statistics()?;
        equal(
            "the cause that was raised",
            after.causes[0] - before.causes[0],
            1,
        )?;
        equal(
            "the cause that joined it",
            after.causes[1] - before.causes[1],
            1,
        )?;
        within("interrupts claimed", after.claimed - before.claimed, 1..=2)?;
    }
    equal(
        "causes of the next interrupt",
        fixture.interrupt(0x8)?.causes,
        0x8,
    )
}

fn cause_that_joins_is_not_acknowledged_unseen(fixture: &mut Fixture<'_>) -> Verdict {
    for first in [0x1, 0x10, 0x8000_0000] {
        let before = fixture.statistics()?.causes;
        fixture.device_joins_causes(first, 3)?;
        fixture.raise(0x4000, 1)?;
        fixture.settle()?;
        each_seen_once(fixture, before, 4)?;
    }
    Ok(())
}

fn causes_without_end_are_served_in_turns(fixture: &mut Fixture<'_>) -> Verdict {
    const JOINING: u32 = 60;
    let before = fixture.statistics()?;
    fixture.device_joins_causes(0x2, JOINING)?;
    fixture.raise(0x1, 1)?;
    fixture.settle()?;
    each_seen_once(fixture, before.causes, u64::from(JOINING) + 1)?;
    let after = fixture.statistics()?;
    within(
        "service routines that left causes to the next turn",
        after.drain_bound_reached - before.drain_bound_reached,
        1..=u64::from(JOINING),
    )?;
    let turns = after.drain_bound_reached - before.drain_bound_reached + 1;
    within(
        "interrupts claimed, one for each turn at least",
        after.claimed - before.claimed,
        turns..=u64::from(JOINING) + 1,
    )?;
    equal(
        "causes of the next interrupt",
        fixture.interrupt(0x8)?.causes,
        0x8,
    )
}
