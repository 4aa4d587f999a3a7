//! Messages are edges, with a pending bit for each vector and processor.

use std::collections::BTreeSet;

use dirql_tests::{
    images,
    session::{random, until_blocked},
};
use ntsim::{Config, InterruptResource, Policy};

use crate::common::{isrs, show, show_under};

#[test]
fn messages_that_meet_are_one() {
    let image = images::guest("offender");
    let one_processor = Config {
        cpus: 1,
        ..until_blocked(InterruptResource::Message)
    };
    // Three raises at HIGH_LEVEL, three messages: one pending bit.
    let (claimed, events) = show(&one_processor, &image, "masked-raises");
    assert_eq!((claimed, isrs(&events).len()), (1, 2));
    // The same raises at PASSIVE_LEVEL: each is taken before the next.
    let (claimed, events) = show(&one_processor, &image, "open-raises");
    assert_eq!((claimed, isrs(&events).len()), (3, 4));
}

#[test]
fn messages_on_different_processors_do_not_meet() {
    let image = images::guest("offender");
    // Without the one that comes in the connect, each ISR is the device's.
    let quiet = Policy {
        interrupt_in_connect: false,
        ..Policy::default()
    };
    let spread = (1..=24).filter(|seed| {
        let config = random(InterruptResource::Message, *seed);
        let (claimed, events) = show_under(&config, quiet, &image, "masked-raises");
        let cpus: BTreeSet<u8> = isrs(&events).into_iter().map(|at| events[at].cpu).collect();
        claimed > 1 && cpus.len() > 1
    });
    assert!(spread.count() > 0, "a message may go to either processor");
}
