//! Interrupts that are handled at `PASSIVE_LEVEL`, on a line of that level.

use dirql_tests::{
    beacon::{self, give, line_that_breaks, order, report, setup},
    session::{Session, random, until_blocked},
};
use ntsim::{Config, Failure, InterruptResource, Rule, Status, Transition};

use crate::common::{now, told};

fn in_every_schedule(bits: u32, body: impl Fn(Session) -> Result<(), Failure>) {
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=5).map(|seed| random(InterruptResource::Line, seed)));
    for config in configs {
        let run = || body(beacon::start(&config, bits | setup::PASSIVE)?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn an_interrupt_at_passive_level_is_served_under_both_of_its_locks() {
    for (bits, follows) in [(0, "deferred"), (setup::WORK_ITEM, "worked")] {
        in_every_schedule(bits, |mut session| {
            give(&mut session, "raise")?;
            session.machine.settle()?;
            assert_eq!(give(&mut session, "synchronize")?, 7);
            give(&mut session, "lock")?;
            assert_eq!(give(&mut session, "try-lock")?, 1, "it is free");
            session.machine.raise_neighbour()?;
            session.machine.settle()?;
            let report = report(&mut session)?;
            assert_eq!((report["served"], report[follows]), (1, 1));
            assert_eq!((report["level"], report["locked"]), (0, 1));
            session.remove().map(drop)
        });
    }
}

#[test]
fn it_goes_into_d0_and_out_of_it_as_any_other() {
    for (bits, down) in [(0, "disconnected"), (setup::SOFT, "inactive")] {
        in_every_schedule(bits, |mut session| {
            let machine = &mut session.machine;
            for _ in 0..2 {
                let before = now(machine);
                machine.transition(Transition::PowerDown)?;
                let expected = [
                    "DeviceD0ExitPreInterruptsDisabled",
                    "InterruptDisable",
                    down,
                    "DeviceD0Exit",
                ];
                assert_eq!(told(machine, before), expected);
                machine.transition(Transition::PowerUp)?;
            }
            session.remove().map(drop)
        });
    }
}

#[test]
fn a_lock_that_something_holds_is_waited_for_or_tried_in_vain() {
    let mut in_vain = 0;
    for seed in 1..=20 {
        let config = random(InterruptResource::Line, seed);
        let run = || {
            let mut session = beacon::start(&config, setup::PASSIVE)?;
            let stays = session.submit(order("stay"), &[], 4)?;
            let asks = session.submit(order("try-lock"), &[], 4)?;
            let locks = session.submit(order("lock"), &[], 4)?;
            let tried = session.machine.wait(asks)?;
            for request in [stays, locks] {
                assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
            }
            session.remove()?;
            Ok::<_, Failure>(tried.output[0] == 0)
        };
        match run() {
            Ok(refused) => in_vain += u32::from(refused),
            Err(failure) => panic!("{failure}"),
        }
    }
    assert!(in_vain > 0, "the lock was never held");
}

#[test]
fn a_wait_lock_of_the_drivers_is_that_of_each_interrupt_which_has_it() {
    let bits = setup::PASSIVE | setup::OWN_LOCK | setup::SECOND;
    let mut in_vain = 0;
    for seed in 1..=20 {
        let config = random(InterruptResource::Line, seed);
        let mut run = || {
            let mut session = beacon::start(&config, bits)?;
            let orders = [
                "hold-wait-lock",
                "synchronize",
                "raise",
                "hold-wait-lock",
                "lock",
            ];
            let mut requests = Vec::new();
            for name in orders {
                requests.push(session.submit(order(name), &[], 4)?);
            }
            let asks = session.submit(order("try-lock"), &[], 4)?;
            for request in requests {
                assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
            }
            in_vain += u32::from(session.machine.wait(asks)?.output[0] == 0);
            session.machine.settle()?;
            let report = report(&mut session)?;
            assert_eq!((report["served"], report["synchronized"]), (1, 1));
            assert_eq!((report["locked"], report["overlapped"]), (3, 0));
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
    assert!(in_vain > 0, "the lock was never held");
}

#[test]
fn an_interrupt_does_not_keep_the_wait_lock_of_its_driver() {
    let config = until_blocked(InterruptResource::Line);
    let run = || {
        let bits = setup::PASSIVE | setup::OWN_LOCK;
        let mut session = beacon::start(&config, bits)?;
        give(&mut session, "delete-wait-lock")?;
        give(&mut session, "synchronize")
    };
    let failure = run().expect_err("the lock is gone");
    assert_eq!(failure.cause, Rule::BadHandle, "{failure}");
    assert!(failure.message.contains("whose wait lock"), "{failure}");
}

/// How the guest fails, and that it does at the line that breaks a rule.
fn breaks(config: &Config, name: &str, line: &str, (rule, says): (Rule, &str)) {
    let run = || {
        let mut session = beacon::start(config, setup::PASSIVE)?;
        give(&mut session, name)
    };
    let failure = run().expect_err("a rule is broken");
    assert_eq!(failure.cause, rule, "{failure}");
    assert!(failure.message.contains(says), "{failure}");
    let at = failure.location.as_deref();
    assert!(at.is_some_and(|at| at.ends_with(&line_that_breaks(line))));
}

#[test]
fn it_has_no_spin_lock() {
    let config = until_blocked(InterruptResource::Line);
    let rule = (Rule::Bugcheck, "which has an event and no spin lock");
    breaks(&config, "spin-lock", "spin-lock-of-passive", rule);
    let rule = (Rule::LockMisuse, "that nothing holds");
    breaks(&config, "release-only", "release-only", rule);
}

#[test]
fn how_it_is_handled_goes_with_the_lines_level_or_nothing_is_connected() {
    let config = until_blocked(InterruptResource::Message);
    let failure = beacon::start(&config, setup::PASSIVE).expect_err("a message is no line");
    assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
    let mut machine = beacon::machine(&until_blocked(InterruptResource::Line), 0);
    machine.make_line_passive().expect("nothing can fail");
    let failure = machine
        .start()
        .expect_err("a spin lock does not go with the level");
    assert!(
        failure.message.contains("IoConnectInterruptEx"),
        "{failure}"
    );
}
