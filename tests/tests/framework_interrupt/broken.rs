//! What a driver may not do with a framework interrupt.

use dirql_tests::{
    beacon::{self, give, line_that_breaks, setup},
    session::{Session, random, until_blocked},
};
use ntsim::{Config, Failure, InterruptResource, Rule, Rules, Status, Transition};

/// Lets `body` break a rule, at the line that says so.
fn breaks(
    bits: u32,
    (rule, says, line): (Rule, &str, &str),
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    for config in [
        until_blocked(InterruptResource::Line),
        random(InterruptResource::Message, 2),
    ] {
        let run = || {
            let mut session = beacon::start(&config, bits)?;
            body(&mut session)
        };
        let failure = run().expect_err("a rule is broken");
        assert_eq!(failure.cause, rule, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        let line = line_that_breaks(line);
        let location = failure.location.as_deref();
        let at_line = location.is_some_and(|at| at.ends_with(&line));
        assert!(at_line, "at {line}: {failure}");
    }
}

fn ordered(name: &'static str) -> impl Fn(&mut Session) -> Result<(), Failure> {
    move |session| give(session, name).map(drop)
}

#[test]
fn an_interrupt_that_is_not_connected_cannot_be_synchronized_with() {
    let broken = (
        Rule::BadArgument,
        "KMDF passes NULL to KeSynchronizeExecution",
        "synchronize",
    );
    breaks(0, broken, |session| {
        give(session, "disable")?;
        give(session, "synchronize").map(drop)
    });
    breaks(
        setup::SYNCHRONIZE_IN_EXIT,
        (broken.0, broken.1, "synchronize-disconnected"),
        |session| session.machine.transition(Transition::PowerDown).map(drop),
    );
}

#[test]
fn a_synchronization_that_meets_the_disconnect_is_seen_in_some_schedule() {
    let seen = |config: &Config| -> Option<Failure> {
        let run = || {
            let mut session = beacon::start(config, 0)?;
            let request = session.submit(beacon::order("stay"), &[], 4)?;
            session.machine.advance(60)?;
            session.machine.transition(Transition::PowerDown)?;
            assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
            session.remove()
        };
        run().err()
    };
    let mut met = 0;
    for seed in 1..=60 {
        let config = random(InterruptResource::Line, seed);
        if let Some(failure) = seen(&config) {
            assert_eq!(failure.cause, Rule::BadArgument, "{failure}");
            met += 1;
        }
    }
    assert!(met > 0, "the two never met");
}

#[test]
fn the_lock_of_an_interrupt_is_taken_by_its_functions_alone() {
    breaks(
        setup::OWN_LOCK,
        (Rule::WdfVerifier, "is an interrupt's", "lock-of-interrupt"),
        ordered("lock-of-interrupt"),
    );
    breaks(
        0,
        (Rule::WdfVerifier, "handled at DIRQL", "try-lock"),
        ordered("try-lock"),
    );
    breaks(
        0,
        (Rule::LockMisuse, "which it does not hold", "release-only"),
        ordered("release-only"),
    );
}

#[test]
fn without_its_verifier_kmdf_does_nothing_where_it_would_have_stopped() {
    let config = Config {
        rules: Rules::ALL.without(Rule::WdfVerifier),
        ..until_blocked(InterruptResource::Line)
    };
    let run = || {
        let mut session = beacon::start(&config, setup::OWN_LOCK)?;
        assert_eq!(give(&mut session, "lock-of-interrupt")?, 0);
        assert_eq!(give(&mut session, "try-lock")?, 0);
        give(&mut session, "disable")?;
        for order in ["lock", "inactive", "active"] {
            assert_eq!(give(&mut session, order)?, 0);
        }
        session.remove()
    };
    if let Err(failure) = run() {
        panic!("{failure}");
    }
}

#[test]
fn what_an_interrupt_does_not_have_cannot_be_queued() {
    breaks(
        0,
        (
            Rule::BadArgument,
            "without EvtInterruptWorkItem",
            "queue-no-work-item",
        ),
        ordered("queue-nothing"),
    );
    breaks(
        setup::WORK_ITEM,
        (Rule::BadArgument, "without EvtInterruptDpc", "queue-no-dpc"),
        ordered("queue-nothing"),
    );
}

#[test]
fn a_connected_interrupt_is_not_connected_again() {
    breaks(
        0,
        (
            Rule::BadArgument,
            "for an interrupt that is connected",
            "enable-twice",
        ),
        ordered("enable"),
    );
}
