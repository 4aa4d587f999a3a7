//! The framework's interrupt, by `dirql::wdf`.

use dirql_tests::{
    sentry::{self, TIMES, answer, give, order, report, setup},
    session::Session,
};
use ntsim::{DeviceState, Failure, InjectedFailure, InterruptResource, Rule, Transition};

use crate::common::{configs, in_every_schedule};

/// How an interrupt of the framework's may be set up.
const SETUPS: [u32; 6] = [
    0,
    setup::SOFT,
    setup::IN_PREPARE,
    setup::IN_PREPARE | setup::SOFT,
    setup::WORK_ITEM,
    setup::WORK_ITEM | setup::IN_PREPARE | setup::SOFT,
];

#[test]
fn an_interrupt_is_served_followed_and_synchronized_with() {
    for bits in SETUPS {
        in_every_schedule(bits, 2, |mut session| {
            for _ in 0..3 {
                give(&mut session, "raise")?;
                session.machine.settle()?;
            }
            assert_eq!(give(&mut session, "loop")?, TIMES);
            let report = report(&mut session)?;
            assert_eq!((report["served"], report["followed"]), (3, 3));
            assert_eq!(report["counted"], TIMES);
            session.remove().map(drop)
        });
    }
}

#[test]
fn the_framework_waits_for_a_work_item_on_the_way_out_of_d0() {
    for bits in [setup::WORK_ITEM, setup::WORK_ITEM | setup::SOFT] {
        for config in configs(12) {
            for after in [0, 20, 60, 120] {
                let run = || {
                    let mut session = sentry::start(&config, bits)?;
                    give(&mut session, "raise")?;
                    session.machine.advance(after)?;
                    session.machine.transition(Transition::PowerDown)?;
                    let report = report(&mut session)?;
                    assert_eq!(report["followed"], report["served"]);
                    session.remove()
                };
                if let Err(failure) = run() {
                    panic!("{failure}");
                }
            }
        }
    }
}

#[test]
fn an_early_edge_meets_a_complete_handler_and_no_edge_is_lost() {
    for bits in SETUPS {
        for config in configs(4) {
            if config.interrupt != InterruptResource::Line {
                continue;
            }
            let run = || {
                let mut session = sentry::start_on_an_edge(&config, bits)?;
                for round in 1..=3 {
                    give(&mut session, "raise")?;
                    session.machine.settle()?;
                    session.machine.transition(Transition::PowerDown)?;
                    session.machine.transition(Transition::PowerUp)?;
                    let report = report(&mut session)?;
                    assert_eq!((report["served"], report["followed"]), (round, round));
                }
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
}

/// Changes of the device, which closures meet wherever they are.
fn meets(bits: u32, change: impl Fn(&mut Session) -> Result<(), Failure>) {
    let mut turned_away = 0;
    for config in configs(6) {
        for after in [30, 150, 600] {
            let mut run = || {
                let mut session = sentry::start(&config, bits)?;
                let requests = [order(&mut session, "loop")?, order(&mut session, "loop")?];
                give(&mut session, "raise")?;
                session.machine.advance(after)?;
                change(&mut session)?;
                for request in requests {
                    let ran = answer(&mut session, request)?;
                    assert!(ran <= TIMES);
                    turned_away += TIMES - ran;
                }
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
    assert!(turned_away > 0, "no closure met a closed gate");
}

#[test]
fn closures_are_turned_away_while_the_device_sleeps() {
    for bits in SETUPS {
        meets(bits, |session| {
            for moment in [60, 240] {
                session.machine.begin_transition(Transition::PowerDown)?;
                session.machine.advance(moment)?;
                // Behind the silence of the device it is none of the driver's. Nothing could make a line fall then.
                if session.machine.config().interrupt == InterruptResource::Message {
                    session.machine.raise_device(1)?;
                }
                session.machine.end_transition()?;
                assert_eq!(give(session, "count")?, 0);
                session.machine.transition(Transition::PowerUp)?;
                assert_eq!(give(session, "count")?, 1);
            }
            Ok(())
        });
    }
}

#[test]
fn a_handler_comes_and_goes_with_the_hardware() {
    for bits in SETUPS {
        meets(bits, |session| {
            for resource in [InterruptResource::Message, InterruptResource::Line] {
                session.machine.transition(Transition::Stop)?;
                assert_eq!(give(session, "count")?, 0);
                session.machine.transition(Transition::Restart(resource))?;
                assert_eq!(give(session, "count")?, 1);
                give(session, "raise")?;
            }
            Ok(())
        });
    }
}

#[test]
fn a_surprise_removal_waits_for_the_closure_that_is_running() {
    for bits in SETUPS {
        meets(bits, |session| {
            session.machine.unplug()?;
            session.machine.transition(Transition::SurpriseRemoval)?;
            assert_eq!(give(session, "count")?, 0);
            Ok(())
        });
    }
}

#[test]
fn a_disabled_interrupt_turns_closures_away_until_it_is_enabled() {
    meets(0, |session| {
        assert_eq!(give(session, "disable")?, 1);
        assert_eq!(give(session, "count")?, 0);
        session.machine.transition(Transition::PowerDown)?;
        session.machine.transition(Transition::PowerUp)?;
        assert_eq!(give(session, "count")?, 0);
        assert_eq!(give(session, "enable")?, 1);
        assert_eq!(give(session, "enable")?, 0, "it is enabled");
        assert_eq!(give(session, "count")?, 1);
        Ok(())
    });
}

#[test]
fn a_way_into_d0_that_fails_leaves_the_gate_closed() {
    for failing in [setup::FAIL_ENABLE, setup::FAIL_POST] {
        for bits in SETUPS {
            meets(bits | failing | setup::LATER, |session| {
                give(session, "fail-from-now")?;
                session.machine.transition(Transition::PowerDown)?;
                let state = session.machine.transition(Transition::PowerUp)?;
                assert_eq!(state, DeviceState::Failed);
                assert_eq!(give(session, "count")?, 0);
                Ok(())
            });
            for config in configs(2) {
                let mut machine = sentry::machine(&config, bits | failing);
                let failure = machine.start().expect_err("a callback fails");
                assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
            }
        }
    }
    for config in configs(2) {
        let mut machine = sentry::machine(&config, 0);
        machine.inject(InjectedFailure::ConnectRefused, 0, 1);
        let failure = machine.start().expect_err("nothing is connected");
        assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
    }
}

#[test]
fn the_framework_waits_for_a_dpc_whose_processor_is_away() {
    for bits in SETUPS {
        in_every_schedule(bits, 2, |mut session| {
            session.machine.inject(InjectedFailure::DpcHeldUp, 0, 1);
            give(&mut session, "raise")?;
            session.machine.transition(Transition::PowerDown)?;
            let report = report(&mut session)?;
            assert_eq!((report["followed"], report["runs"]), (1, 1));
            session.remove().map(drop)
        });
    }
}
