//! What an interrupt leads to, and what the driver asks of it.

use dirql_tests::{
    beacon::{self, give, report, setup},
    session::{random, until_blocked},
    trace,
};
use ntsim::{EventKind, InterruptResource, Machine, Transition};

use crate::common::{RESOURCES, in_every_schedule};

#[test]
fn an_interrupt_is_served_and_followed_by_its_dpc_or_its_work_item() {
    for (bits, follows) in [(0, "deferred"), (setup::WORK_ITEM, "worked")] {
        in_every_schedule(bits, |mut session| {
            for _ in 0..3 {
                give(&mut session, "raise")?;
                session.machine.settle()?;
            }
            let report = report(&mut session)?;
            assert_eq!((report["served"], report[follows]), (3, 3));
            session.remove().map(drop)
        });
    }
}

#[test]
fn a_routine_excludes_the_isr_and_its_answer_comes_back() {
    for bits in [0, setup::OWN_LOCK | setup::SECOND] {
        in_every_schedule(bits, |mut session| {
            assert_eq!(give(&mut session, "synchronize")?, 7);
            give(&mut session, "lock")?;
            give(&mut session, "raise")?;
            assert_eq!(give(&mut session, "stay")?, 7);
            session.machine.settle()?;
            let report = report(&mut session)?;
            assert_eq!(report["synchronized"], 2);
            assert_eq!((report["locked"], report["served"]), (1, 1));
            assert_eq!(give(&mut session, "policy")?, 1);
            session.remove().map(drop)
        });
    }
}

#[test]
fn there_is_an_object_behind_the_connect_and_none_before() {
    in_every_schedule(0, |mut session| {
        let report = report(&mut session)?;
        assert_eq!(report["object-in-entry"], 0);
        assert_eq!(report["object-in-post"], 1);
        assert_ne!(report["vector"], 0);
        session.remove().map(drop)
    });
}

#[test]
fn what_kmdf_refuses_makes_nothing_and_ends_nothing() {
    for bits in [setup::REFUSALS, setup::REFUSALS | setup::IN_PREPARE] {
        in_every_schedule(bits, |mut session| {
            session.machine.transition(Transition::Stop)?;
            session
                .machine
                .transition(Transition::Restart(InterruptResource::Line))?;
            let times = if bits & setup::IN_PREPARE == 0 { 1 } else { 2 };
            let report = report(&mut session)?;
            assert_eq!(report["refused"], 7 * times);
            // No callback of what was not made.
            assert_eq!(report["cleaned"], times - 1);
            session.remove().map(drop)
        });
    }
}

#[test]
fn an_inactive_interrupt_is_not_served() {
    for seed in 1..=4 {
        let config = random(InterruptResource::Line, seed);
        let run = || {
            let mut session = beacon::start(&config, 0)?;
            give(&mut session, "inactive")?;
            give(&mut session, "inactive")?;
            give(&mut session, "raise")?;
            session.machine.settle()?;
            assert_eq!(report(&mut session)?["served"], 0);
            give(&mut session, "active")?;
            session.machine.settle()?;
            // The line is still asserted.
            assert_eq!(report(&mut session)?["served"], 1);
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

/// The places in a log of `EvtInterruptIsr`, and of the framework's own ISR.
fn isrs(machine: &Machine) -> (usize, usize) {
    let events = trace::events(machine.events());
    let count = |what: &str| {
        let all = events.iter();
        all.filter(|event| matches!(event.kind, EventKind::Callback { what: is, .. } if is == what))
            .count()
    };
    (count("EvtInterruptIsr"), count("ISR"))
}

#[test]
fn what_arrives_before_the_connect_has_returned_is_not_the_drivers() {
    for resource in RESOURCES {
        let config = until_blocked(resource);
        let run = || {
            let mut session = beacon::start(&config, 0)?;
            let (driver, framework) = isrs(&session.machine);
            // The message that came then is lost; a neighbour's interrupt on the line comes once more.
            assert!(framework > driver, "{framework} and {driver}");
            assert_eq!(report(&mut session)?["served"], 0);
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn a_neighbour_on_the_line_is_heard_before_enable_and_behind_disable() {
    let config = until_blocked(InterruptResource::Line);
    let run = || {
        let mut session = beacon::start(&config, 0)?;
        assert_eq!(
            report(&mut session)?["outside"],
            1,
            "before EvtInterruptEnable"
        );
        session.machine.transition(Transition::PowerDown)?;
        assert_eq!(
            report(&mut session)?["outside"],
            2,
            "behind EvtInterruptDisable"
        );
        session.remove()
    };
    if let Err(failure) = run() {
        panic!("{failure}");
    }
}
