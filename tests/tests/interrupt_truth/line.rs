//! A level-sensitive line.

use dirql_tests::{
    dirql, images,
    session::{Session, random, until_blocked},
    trace,
};
use ntsim::{Failure, InterruptResource, Neighbour, Policy, Strategy};

use crate::common::{isrs, show, with_driver};

#[test]
fn a_line_is_delivered_again_as_long_as_it_is_asserted() {
    let image = images::guest("offender");
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=8).map(|seed| random(InterruptResource::Line, seed)));
    for config in configs {
        // The ISR acknowledges in its third turn.
        let (claimed, events) = show(&config, &image, "lazy-line");
        assert_eq!(claimed, 3, "{}", config.token());
        // One more in the connect, the neighbour's, which may still assert the line at the raise.
        let ran = isrs(&events).len();
        let least = if config.strategy == Strategy::Random {
            3
        } else {
            4
        };
        assert!((least..=4).contains(&ran), "{ran} ISRs, {}", config.token());
        let deliveries = events.iter().filter(|event| trace::is_interrupt(event));
        assert_eq!(deliveries.count(), ran, "each is a delivery of its own");
    }
}

/// The neighbour's part in a run that raises one interrupt of each device.
fn neighbour(
    first: bool,
    raise: impl Fn(&mut Session) -> Result<(), Failure>,
) -> (Neighbour, u64, u64) {
    let image = images::driver();
    let quiet = Policy {
        interrupt_in_connect: false,
        ..Policy::default()
    };
    let config = until_blocked(InterruptResource::Line);
    with_driver(&config, quiet, &image, |session| {
        session.machine.place_neighbour(first)?;
        let before = session.machine.neighbour();
        raise(session)?;
        let counts = dirql::statistics(session)?;
        let mut after = session.machine.neighbour();
        after.calls -= before.calls;
        after.claimed -= before.claimed;
        Ok((after, counts.claimed, counts.not_mine))
    })
}

#[test]
fn a_line_chain_stops_at_the_first_claim() {
    // The device interrupts. Asked first, its ISR claims, and the neighbour's is not asked at all;
    // asked behind the neighbour's, both are.
    let raise = |session: &mut Session| dirql::raise(session, 1, 1).map(drop);
    for (first, calls) in [(false, 0), (true, 1)] {
        let (neighbour, claimed, not_mine) = neighbour(first, raise);
        assert_eq!(
            (neighbour.calls, neighbour.claimed),
            (calls, 0),
            "first: {first}"
        );
        assert_eq!((claimed, not_mine), (1, 0));
    }
}

#[test]
fn the_isr_of_a_second_device_on_the_line_counts() {
    // The neighbour interrupts. Behind the driver's ISR, which declines, its own is asked and claims;
    // before it, the driver's is not asked.
    let raise = |session: &mut Session| {
        session.machine.raise_neighbour()?;
        session.machine.advance(1_000)
    };
    for (first, declined) in [(false, 1), (true, 0)] {
        let (neighbour, claimed, not_mine) = neighbour(first, raise);
        assert_eq!(
            (neighbour.calls, neighbour.claimed),
            (1, 1),
            "first: {first}"
        );
        assert!(!neighbour.asserted);
        assert_eq!((claimed, not_mine), (0, declined));
    }
}

#[test]
fn a_line_that_both_devices_assert_is_delivered_until_neither_does() {
    let raise = |session: &mut Session| {
        session.machine.raise_neighbour()?;
        dirql::raise(session, 1, 1).map(drop)
    };
    for first in [false, true] {
        let (neighbour, claimed, _) = neighbour(first, raise);
        assert_eq!((neighbour.claimed, claimed), (1, 1), "first: {first}");
        assert!(!neighbour.asserted);
    }
}
