//! Messages of one device that are interrupts of their own and share a lock (`dirql::SharedInterrupt`). Each has another level.

use dirql_tests::{
    sentry::{MESSAGES, TIMES, answer, give, order, report, setup},
    session::{random, until_blocked},
};
use ntsim::{Config, InterruptResource, Transition};

use crate::common::in_every_config;

/// Schedules with messages.
fn configs(seeds: u64) -> Vec<Config> {
    let message = InterruptResource::Message;
    let mut all = vec![until_blocked(message)];
    all.extend((1..=seeds).map(|seed| random(message, seed)));
    all
}

#[test]
fn closures_and_service_routines_of_several_messages_share_one_state() {
    in_every_config(&configs(8), setup::SHARED, |mut session| {
        let mut ran = 0;
        for round in 0..4 {
            let first = order(&mut session, "loop")?;
            let second = order(&mut session, "loop")?;
            give(&mut session, "raise")?;
            session.machine.advance(300 * round)?;
            ran += answer(&mut session, first)? + answer(&mut session, second)?;
            session.machine.settle()?;
        }
        assert_eq!(ran, 4 * 2 * TIMES);
        let report = report(&mut session)?;
        assert_eq!(report["served"], 4 * u32::from(MESSAGES));
        assert_eq!(report["followed"], report["served"]);
        assert_eq!(report["counted"], ran);
        session.remove().map(drop)
    });
}

#[test]
fn the_last_of_them_to_be_disconnected_leaves_nothing_behind() {
    in_every_config(&configs(4), setup::SHARED, |mut session| {
        for point in [0, 200, 2_000] {
            let request = order(&mut session, "loop")?;
            give(&mut session, "raise")?;
            session.machine.advance(point)?;
            session.machine.transition(Transition::Stop)?;
            answer(&mut session, request)?;
            let resource = InterruptResource::Message;
            session.machine.transition(Transition::Restart(resource))?;
        }
        give(&mut session, "raise")?;
        session.machine.settle()?;
        let report = report(&mut session)?;
        assert!(report["served"] >= u32::from(MESSAGES));
        assert_eq!(report["followed"], report["served"]);
        session.remove().map(drop)
    });
}
