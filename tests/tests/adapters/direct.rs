//! An interrupt that the driver connects, with a DPC of the connection's (`dirql::InterruptHandler::DPC`).

use dirql_tests::sentry::{self, TIMES, answer, give, order, report, setup};
use ntsim::{Failure, InjectedFailure, InterruptResource, Transition};

use crate::common::{configs, in_every_schedule};

#[test]
fn the_dpc_takes_over_what_the_service_routine_has_served() {
    in_every_schedule(setup::DIRECT, 3, |mut session| {
        for _ in 0..3 {
            give(&mut session, "raise")?;
            session.machine.settle()?;
        }
        let report = report(&mut session)?;
        assert_eq!(report["served"], 3);
        assert_eq!((report["followed"], report["runs"]), (3, 3));
        session.remove().map(drop)
    });
}

#[test]
fn an_edge_of_a_line_is_served_once_and_followed() {
    for config in configs(6) {
        if config.interrupt != InterruptResource::Line {
            continue;
        }
        let run = || {
            let mut session = sentry::start_on_an_edge(&config, setup::DIRECT)?;
            for _ in 0..3 {
                session.machine.raise_neighbour()?;
                give(&mut session, "raise")?;
                session.machine.settle()?;
            }
            assert_eq!(give(&mut session, "loop")?, TIMES);
            let report = report(&mut session)?;
            assert_eq!((report["served"], report["followed"]), (3, 3));
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn closures_and_the_dpc_share_the_state_through_stops_and_restarts() {
    in_every_schedule(setup::DIRECT, 4, |mut session| {
        let mut ran = 0;
        for resource in [InterruptResource::Message, InterruptResource::Line] {
            let request = order(&mut session, "loop")?;
            give(&mut session, "raise")?;
            session.machine.advance(500)?;
            session.machine.transition(Transition::Stop)?;
            ran += answer(&mut session, request)?;
            session.machine.transition(Transition::Restart(resource))?;
        }
        ran += give(&mut session, "loop")?;
        assert!(ran >= TIMES);
        let report = report(&mut session)?;
        assert_eq!(report["counted"], ran);
        assert_eq!(
            report["followed"], report["served"],
            "nothing is left behind"
        );
        session.remove().map(drop)
    });
}

#[test]
fn no_dpc_runs_on_when_the_interrupt_is_disconnected() {
    // It has left its queue, and its processor is away while the device is stopped.
    let mut served = 0;
    for config in configs(6) {
        let run = || {
            let mut session = sentry::start(&config, setup::DIRECT)?;
            session.machine.inject(InjectedFailure::DpcHeldUp, 0, 1);
            give(&mut session, "raise")?;
            session.machine.transition(Transition::Stop)?;
            let report = report(&mut session)?;
            // What is raised and not yet served when the device is silenced is not followed either.
            let followed = (report["served"], report["served"]);
            assert_eq!((report["followed"], report["runs"]), followed);
            session.remove()?;
            Ok::<_, Failure>(report["served"])
        };
        match run() {
            Ok(now) => served += now,
            Err(failure) => panic!("{failure}"),
        }
    }
    assert!(served > 0, "a DPC is held up in some of them");
}

#[test]
fn a_closure_whose_routine_is_called_twice_runs_once() {
    // No page says that NT does so, and none that it does not.
    for config in configs(2) {
        let run = || {
            let mut session = sentry::start(&config, setup::DIRECT)?;
            for _ in 0..3 {
                let twice = InjectedFailure::SynchronizedTwice;
                session.machine.inject(twice, 0, 1);
                assert_eq!(give(&mut session, "count")?, 1);
            }
            give(&mut session, "raise")?;
            session.machine.settle()?;
            let report = report(&mut session)?;
            assert_eq!((report["served"], report["counted"]), (1, 3));
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}
