//! Messages are edges, with a pending bit for each vector and processor.

use std::collections::BTreeSet;

use dirql_tests::{
    dirql, images,
    session::{random, until_blocked},
    trace,
};
use ntsim::{Config, Event, InterruptResource, Policy};

use crate::common::{isrs, show, show_under, with_driver};

/// Without the interrupt that comes in the connect.
fn quiet() -> Policy {
    Policy {
        interrupt_in_connect: false,
        ..Policy::default()
    }
}

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
    // Without the one in the connect, each ISR is the device's.
    let quiet = quiet();
    let spread = (1..=24).filter(|seed| {
        let config = random(InterruptResource::Message, *seed);
        let (claimed, events) = show_under(&config, quiet, &image, "masked-raises");
        let cpus: BTreeSet<u8> = isrs(&events).into_iter().map(|at| events[at].cpu).collect();
        claimed > 1 && cpus.len() > 1
    });
    assert!(spread.count() > 0, "a message may go to either processor");
}

#[test]
fn an_edge_during_service_is_delivered_after_it() {
    let image = images::guest("offender");
    let one_processor = Config {
        cpus: 1,
        ..until_blocked(InterruptResource::Message)
    };
    let (claimed, events) = show_under(&one_processor, quiet(), &image, "edge-in-service");
    assert_eq!(claimed, 2);
    // One delivery after the other: none is nested in the service of the first.
    let order: Vec<&str> = events
        .iter()
        .filter_map(|event| match () {
            () if trace::is_interrupt(event) => Some("delivery"),
            () if trace::is_callback(event, "ISR") => Some("ISR"),
            () => None,
        })
        .collect();
    assert_eq!(order, ["delivery", "ISR", "delivery", "ISR"]);
}

#[test]
fn a_latched_chain_is_gone_through_until_a_pass_finds_nothing() {
    let image = images::guest("offender");
    let one_processor = Config {
        cpus: 1,
        ..until_blocked(InterruptResource::Message)
    };
    let (claimed, events) = show_under(&one_processor, quiet(), &image, "two-objects");
    assert_eq!(claimed, 1);
    let deliveries = events.iter().filter(|event| trace::is_interrupt(event));
    assert_eq!(deliveries.count(), 1);
    // The pass in which one claims, and the pass in which neither does.
    assert_eq!(isrs(&events).len(), 4);
    // On a line the first claim ends it.
    let line = Config {
        interrupt: InterruptResource::Line,
        ..one_processor
    };
    let (claimed, events) = show_under(&line, quiet(), &image, "two-objects");
    assert_eq!((claimed, isrs(&events).len()), (1, 1));
}

#[test]
fn a_message_may_arrive_on_another_processor_while_the_first_isr_runs_and_then_spins() {
    let image = images::guest("offender");
    let mut met = 0;
    for seed in 1..=24 {
        let config = random(InterruptResource::Message, seed);
        let (claimed, events) = show_under(&config, quiet(), &image, "slow-service");
        assert!(claimed >= 2, "{}", config.token());
        for start in isrs(&events) {
            let cpu = events[start].cpu;
            // It ends with a call, or it found no cause, and the next ISR here is another.
            let ends = |event: &Event| {
                event.cpu == cpu
                    && (trace::is_call(event, "KeGetCurrentProcessorNumberEx")
                        || trace::is_callback(event, "ISR"))
            };
            let rest = &events[start + 1..];
            let Some(length) = rest.iter().position(ends).map(|at| at + 1) else {
                continue;
            };
            if trace::is_callback(&events[start + length], "ISR") {
                continue;
            }
            for event in &events[start + 1..start + length] {
                assert!(
                    event.cpu == cpu || !trace::is_callback(event, "ISR"),
                    "two ISRs of one lock at once, {}",
                    config.token()
                );
                met += usize::from(event.cpu != cpu && trace::is_interrupt(event));
            }
        }
    }
    assert!(met > 0, "no message arrived while an ISR ran elsewhere");
}

#[test]
fn spurious_messages_are_declined_and_nothing_is_counted_twice() {
    // Three raises at once are one message or more, and each cause is acknowledged once; a message
    // that finds no cause is declined.
    let image = images::driver();
    for seed in 1..=8 {
        let config = random(InterruptResource::Message, seed);
        let counts = with_driver(&config, Policy::default(), &image, |session| {
            dirql::raise(session, 0b1011, 16)?;
            dirql::statistics(session)
        });
        assert!((1..=16).contains(&counts.claimed), "{}", config.token());
        assert!(
            counts.not_mine >= 1,
            "the one in the connect, {}",
            config.token()
        );
        for bit in [0, 1, 3] {
            assert!((1..=16).contains(&counts.causes[bit]), "{}", config.token());
        }
        assert_eq!(counts.causes[2], 0);
    }
}
