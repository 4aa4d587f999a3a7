//! Interrupts on an edge-triggered line, whose edges do not come again.

use dirql_tests::{
    beacon::{self, give, report, setup},
    session::{Session, random, until_blocked},
};
use ntsim::{Failure, InterruptResource, Transition};

use crate::common::{now, told};

fn on_an_edge(config: &ntsim::Config, bits: u32) -> Result<Session, Failure> {
    let mut machine = beacon::machine(config, bits);
    machine.make_line_edge_triggered()?;
    machine.start()?;
    let file = machine.open(true, true)?;
    Ok(Session { machine, file })
}

fn in_every_schedule(bits: u32, body: impl Fn(Session) -> Result<(), Failure>) {
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=5).map(|seed| random(InterruptResource::Line, seed)));
    for config in configs {
        let run = || body(on_an_edge(&config, bits)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

const HANDLED: [u32; 2] = [0, setup::PASSIVE];

#[test]
fn an_early_edge_reaches_the_driver_before_enable() {
    let config = until_blocked(InterruptResource::Line);
    let run = || {
        let mut session = on_an_edge(&config, 0)?;
        let report = report(&mut session)?;
        // One edge in the connect, and one between that and EvtInterruptEnable. The neighbour claims each, so that the chain is gone
        // through a second time.
        assert_eq!((report["outside"], report["served"]), (4, 0));
        assert_eq!((report["flags"], report["object-in-entry"]), (1, 0));
        session.remove()
    };
    if let Err(failure) = run() {
        panic!("{failure}");
    }
}

#[test]
fn an_edge_is_delivered_once_and_not_again_while_the_line_is_asserted() {
    for bits in HANDLED {
        in_every_schedule(bits, |mut session| {
            for raised in 1..=3 {
                give(&mut session, "raise")?;
                session.machine.settle()?;
                assert_eq!(report(&mut session)?["served"], raised);
            }
            // Nothing takes what comes now: it is lost, and the line stays as it is.
            give(&mut session, "inactive")?;
            give(&mut session, "raise")?;
            session.machine.settle()?;
            give(&mut session, "active")?;
            session.machine.settle()?;
            give(&mut session, "raise")?;
            session.machine.settle()?;
            assert_eq!(report(&mut session)?["served"], 3);
            // The neighbour cannot have it rise either.
            session.machine.raise_neighbour()?;
            session.machine.settle()?;
            assert_eq!(report(&mut session)?["served"], 3);
            Ok(())
        });
    }
}

#[test]
fn an_edge_that_another_device_hides_is_found_by_a_second_pass() {
    for first in [false, true] {
        for bits in HANDLED {
            in_every_schedule(bits, |mut session| {
                session.machine.settle()?;
                session.machine.place_neighbour(first)?;
                let before = session.machine.neighbour().claimed;
                for raised in 1..=3 {
                    session.machine.raise_neighbour()?;
                    give(&mut session, "raise")?;
                    session.machine.settle()?;
                    assert_eq!(report(&mut session)?["served"], raised);
                }
                assert_eq!(session.machine.neighbour().claimed, before + 3);
                session.remove().map(drop)
            });
        }
    }
}

#[test]
fn an_edge_behind_disable_is_discarded_by_the_framework() {
    for (bits, down) in [(0, "disconnected"), (setup::SOFT, "inactive")] {
        let config = until_blocked(InterruptResource::Line);
        let run = || {
            let mut session = on_an_edge(&config, bits)?;
            let before = report(&mut session)?["outside"];
            let since = now(&session.machine);
            let heard = session.machine.neighbour().calls;
            session.machine.transition(Transition::PowerDown)?;
            let told = told(&session.machine, since);
            assert!(told.contains(&down.to_owned()), "{told:?}");
            assert!(session.machine.neighbour().calls > heard, "an edge came");
            assert_eq!(report(&mut session)?["outside"], before);
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn edges_are_served_again_when_the_device_is_back_in_d0() {
    for bits in [0, setup::SOFT] {
        for handled in HANDLED {
            in_every_schedule(bits | handled, |mut session| {
                for served in 1..=3 {
                    session.machine.transition(Transition::PowerDown)?;
                    session.machine.transition(Transition::PowerUp)?;
                    give(&mut session, "raise")?;
                    session.machine.settle()?;
                    assert_eq!(report(&mut session)?["served"], served);
                }
                session.remove().map(drop)
            });
        }
    }
}
