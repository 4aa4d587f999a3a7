//! A level-sensitive line.

use dirql_tests::{
    images,
    session::{random, until_blocked},
    trace,
};
use ntsim::{InterruptResource, Strategy};

use crate::common::{isrs, show};

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
