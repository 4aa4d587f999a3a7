//! An interrupt that NT serves in a thread (`dirql::PassiveInterrupt::connect_lines`), on a line whose level is zero.

use dirql_tests::{
    sentry::{self, TIMES, answer, give, order, report, setup},
    session::{Session, random, until_blocked},
    trace,
};
use ntsim::{Config, EventKind, Failure, InterruptResource, Rule, Transition};

fn configs() -> Vec<Config> {
    let mut all = vec![until_blocked(InterruptResource::Line)];
    all.extend((1..=8).map(|seed| random(InterruptResource::Line, seed)));
    all
}

fn in_every_schedule(body: impl Fn(&Config, Session) -> Result<(), Failure>) {
    for mut config in configs() {
        for disconnect_waits in [false, true] {
            config.policy.disconnect_waits = disconnect_waits;
            let run = || body(&config, sentry::start(&config, setup::PASSIVE)?);
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
}

#[test]
fn a_line_is_served_in_a_thread_at_passive_level() {
    in_every_schedule(|_, mut session| {
        let before = trace::events(session.machine.events()).len();
        for _ in 0..3 {
            give(&mut session, "raise")?;
            session.machine.settle()?;
        }
        assert_eq!(give(&mut session, "loop")?, TIMES);
        let report = report(&mut session)?;
        assert_eq!((report["served"], report["counted"]), (3, TIMES));
        let events = trace::events(session.machine.events());
        let of_isr = |kind: &EventKind| matches!(kind, EventKind::Callback { what: "ISR", .. });
        let isrs = events[before..].iter().filter(|event| of_isr(&event.kind));
        let levels: Vec<u8> = isrs.map(|event| event.irql).collect();
        assert!(levels.len() >= 3 && levels.iter().all(|level| *level == 0));
        session.remove().map(drop)
    });
}

#[test]
fn closures_exclude_the_thread_that_serves() {
    in_every_schedule(|_, mut session| {
        let loops = [order(&mut session, "loop")?, order(&mut session, "loop")?];
        for _ in 0..3 {
            give(&mut session, "raise")?;
            session.machine.raise_neighbour()?;
        }
        for request in loops {
            assert_eq!(answer(&mut session, request)?, TIMES);
        }
        session.machine.settle()?;
        let report = report(&mut session)?;
        assert_eq!(report["counted"], 2 * TIMES);
        assert!(report["served"] >= 1);
        session.remove().map(drop)
    });
}

#[test]
fn a_thread_that_nt_has_started_finds_no_handler_when_it_comes_late() {
    in_every_schedule(|config, mut session| {
        for after in [0, 20, 60] {
            let request = order(&mut session, "loop")?;
            give(&mut session, "raise")?;
            session.machine.raise_neighbour()?;
            session.machine.advance(after)?;
            session.machine.transition(Transition::Stop)?;
            assert!(answer(&mut session, request)? <= TIMES);
            assert_eq!(give(&mut session, "count")?, 0, "{}", config.token());
            let restart = Transition::Restart(InterruptResource::Line);
            session.machine.transition(restart)?;
            assert_eq!(give(&mut session, "count")?, 1);
        }
        session.remove().map(drop)
    });
}

#[test]
fn a_line_at_a_device_level_is_refused() {
    let config = until_blocked(InterruptResource::Line);
    let mut machine = sentry::machine(&config, setup::DIRECT);
    machine.make_line_passive().expect("nothing can fail");
    // `dirql::Interrupt` on a passive line, and the other way about.
    let failure = machine.start().expect_err("the adapter refuses it");
    assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
    let config = until_blocked(InterruptResource::Message);
    let failure = sentry::start(&config, setup::PASSIVE).expect_err("the adapter refuses it");
    assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
}

/// Starts the guest with the framework's interrupt at passive level, set up so, in some schedules.
fn of_the_framework(bits: u32, body: impl Fn(Session) -> Result<(), Failure>) {
    for config in configs() {
        let run = || body(sentry::start(&config, bits | setup::FRAMEWORK_PASSIVE)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn the_frameworks_interrupt_is_served_and_synchronized_with_at_passive_level() {
    for bits in [
        0,
        setup::IN_PREPARE | setup::SOFT,
        setup::WORK_ITEM,
        setup::WAIT_LOCK,
    ] {
        of_the_framework(bits, |mut session| {
            for _ in 0..3 {
                give(&mut session, "raise")?;
                session.machine.settle()?;
            }
            assert_eq!(give(&mut session, "loop")?, TIMES);
            let report = report(&mut session)?;
            assert_eq!((report["served"], report["followed"]), (3, 3));
            session.remove().map(drop)
        });
    }
}

#[test]
fn closures_on_it_meet_changes_of_power_and_removals() {
    for bits in [
        0,
        setup::TRIES,
        setup::SOFT,
        setup::IN_PREPARE | setup::TRIES,
        setup::WORK_ITEM | setup::IN_PREPARE | setup::SOFT,
        setup::WAIT_LOCK,
        setup::WAIT_LOCK | setup::TRIES,
    ] {
        of_the_framework(bits, |mut session| {
            for transition in [Transition::PowerDown, Transition::PowerUp] {
                let loops = [order(&mut session, "loop")?, order(&mut session, "loop")?];
                if transition == Transition::PowerDown {
                    give(&mut session, "raise")?;
                }
                session.machine.raise_neighbour()?;
                session.machine.advance(100)?;
                session.machine.transition(transition)?;
                for request in loops {
                    assert!(answer(&mut session, request)? <= TIMES);
                }
            }
            assert_eq!(give(&mut session, "count")?, 1);
            let late = order(&mut session, "loop")?;
            session.machine.unplug()?;
            session.machine.transition(Transition::SurpriseRemoval)?;
            assert!(answer(&mut session, late)? <= TIMES);
            assert_eq!(give(&mut session, "count")?, 0);
            session.remove().map(drop)
        });
    }
}

#[test]
fn a_closure_that_tries_is_turned_away_by_one_that_is_inside() {
    let mut contended = 0;
    for seed in 1..=12 {
        let config = random(InterruptResource::Line, seed);
        let run = || {
            let bits = setup::FRAMEWORK_PASSIVE | setup::TRIES;
            let mut session = sentry::start(&config, bits)?;
            let loops = [order(&mut session, "loop")?, order(&mut session, "loop")?];
            let mut ran = 0;
            for request in loops {
                ran += answer(&mut session, request)?;
            }
            assert_eq!(report(&mut session)?["counted"], ran);
            session.remove()?;
            Ok::<_, Failure>(2 * TIMES - ran)
        };
        match run() {
            Ok(refused) => contended += refused,
            Err(failure) => panic!("{failure}"),
        }
    }
    assert!(contended > 0, "the two loops never met");
}
