//! Causes that the device raises by itself: between the driver's look at the others and its acknowledgement, and at
//! any moment of its life.

mod unasked;

use self::unasked::{
    cause_at_any_moment_of_a_change_of_power, cause_at_any_moment_of_a_reconnect,
    cause_at_any_moment_of_a_restart, cause_at_any_moment_of_a_soft_change,
    cause_while_asleep_is_forgotten, cause_while_inactive_is_forgotten,
    cause_while_live_is_an_interrupt, cause_while_stopped_is_forgotten,
    service_routine_at_the_device_keeps_it_in_d0,
};
use super::suite;
use crate::bench::Bench;
use crate::check::{Verdict, equal, within};

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
}

/// Everything that was raised, by request and by the device, has been seen, once each.
#[track_caller]
fn each_seen_once(bench: &mut Bench<'_>, before: [u64; 32], raised: u64) -> Verdict {
    let after = bench.statistics()?.causes;
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

fn cause_that_joins_pending_ones_is_served(bench: &mut Bench<'_>) -> Verdict {
    for _ in 0..3 {
        let before = bench.statistics()?;
        bench.device_joins_causes(0x2, 1)?;
        bench.raise(0x1, 1)?;
        bench.settle()?;
        let after = bench.statistics()?;
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
        bench.interrupt(0x8)?.causes,
        0x8,
    )
}

fn cause_that_joins_is_not_acknowledged_unseen(bench: &mut Bench<'_>) -> Verdict {
    for first in [0x1, 0x10, 0x8000_0000] {
        let before = bench.statistics()?.causes;
        bench.device_joins_causes(first, 3)?;
        bench.raise(0x4000, 1)?;
        bench.settle()?;
        each_seen_once(bench, before, 4)?;
    }
    Ok(())
}

fn causes_without_end_are_served_in_turns(bench: &mut Bench<'_>) -> Verdict {
    const JOINING: u32 = 60;
    let before = bench.statistics()?;
    bench.device_joins_causes(0x2, JOINING)?;
    bench.raise(0x1, 1)?;
    bench.settle()?;
    each_seen_once(bench, before.causes, u64::from(JOINING) + 1)?;
    let after = bench.statistics()?;
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
        bench.interrupt(0x8)?.causes,
        0x8,
    )
}
