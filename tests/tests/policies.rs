//! What NT's documentation leaves open: what each side of it does, and that drivers live on both.
//!
//! The project's driver runs all of its suites under every value (`dirql run --every-policy`). Here are other drivers,
//! and what a driver would see that relies on one side.

use dirql_tests::{
    doorbell, images,
    offender::{DEEDS, breaks, exhibit, keeps},
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Choice, Config, Failure, Image, InterruptResource, Rule, Status};

const RESOURCES: [InterruptResource; 2] = [InterruptResource::Line, InterruptResource::Message];

fn configs() -> Vec<Config> {
    let mut all = Vec::new();
    for resource in RESOURCES {
        all.push(until_blocked(resource));
        all.extend((1..=3).map(|seed| random(resource, seed)));
    }
    all
}

fn under(config: &Config, chosen: &[&str]) -> Config {
    let mut config = config.clone();
    for written in chosen {
        config
            .choose(written)
            .expect("a policy and one of its values");
    }
    config
}

/// Runs `body` on a started driver under every value of every policy and in every schedule, and removes
/// the driver.
fn under_every_value(
    image: &Image,
    device: Device,
    body: impl Fn(&mut Session) -> Result<(), Failure>,
) {
    for choice in Choice::ALL {
        for value in choice.values {
            for config in configs() {
                let config = under(&config, &[&format!("{}={value}", choice.name)]);
                let run = || {
                    let mut session = Session::start(&config, image, device)?;
                    body(&mut session)?;
                    session.remove()
                };
                if let Err(failure) = run() {
                    panic!("{:?}: {failure}", config.chosen());
                }
            }
        }
    }
}

#[test]
fn a_driver_without_hardware_serves_under_every_value() {
    under_every_value(&images::guest("doorbell"), Device::Bare, |session| {
        let reader = session.machine.read(session.file, 16)?;
        session.control(doorbell::RING, &[], 0)?;
        assert_eq!(session.machine.wait(reader)?.output, b"ding");
        assert_eq!(doorbell::counts(session)?.answered, 1);
        session.machine.read(session.file, 16)?;
        Ok(())
    });
}

/// The guest connects by messages, and by the line where there are none: it is not written for a system that
/// knows neither.
fn asks_for_an_unknown_kind(config: &Config) -> bool {
    let chosen = config.chosen();
    let line = config.interrupt == InterruptResource::Line;
    chosen
        .iter()
        .any(|chosen| chosen == "unknown_kind=message" || line && chosen == "unknown_kind=line")
}

#[test]
fn a_driver_that_keeps_the_rules_is_left_in_peace_under_every_value() {
    under_every_value(&images::guest("offender"), Device::Edu, |session| {
        for name in DEEDS {
            let completion = session.control(keeps(name), &[], 16)?;
            if completion.status != Status::SUCCESS {
                assert!(asks_for_an_unknown_kind(session.machine.config()), "{name}");
                assert!(
                    [Status::NOT_SUPPORTED, Status::INVALID_PARAMETER_1]
                        .contains(&completion.status),
                    "{name}"
                );
            }
        }
        Ok(())
    });
}

/// What an exhibit of the offender answers under a choice, in every schedule; it ends in the same way in all of them.
fn shown(name: &str, chosen: &[&str]) -> Result<u32, Failure> {
    let image = images::guest("offender");
    let mut answers = configs().into_iter().map(|config| {
        let mut session = Session::start(&under(&config, chosen), &image, Device::Edu)?;
        let answer = exhibit(&mut session, name)?;
        session.remove()?;
        Ok(answer)
    });
    let first: Result<u32, Failure> = answers.next().expect("a configuration");
    let ending = |result: &Result<u32, Failure>| match result {
        Ok(answer) => Ok(*answer),
        Err(failure) => Err(failure.cause),
    };
    for other in answers {
        assert_eq!(ending(&other), ending(&first), "{name} under {chosen:?}");
    }
    first
}

#[track_caller]
fn breaks_rule(result: Result<u32, Failure>, rule: Rule, words: &str) {
    match result {
        Err(failure) => {
            assert_eq!(failure.cause, rule, "{failure}");
            assert!(failure.message.contains(words), "{failure}");
        }
        Ok(answer) => panic!("no rule was broken, and the answer was {answer}"),
    }
}

#[test]
fn a_routine_that_returns_false_is_heard_on_one_side_only() {
    assert_eq!(shown("returns-false", &[]).expect("no rule is broken"), 0);
    let chosen = ["synchronize_returns_true=yes"];
    assert_eq!(
        shown("returns-false", &chosen).expect("no rule is broken"),
        1
    );
}

#[test]
fn objects_without_a_lock_exclude_each_other_on_one_side_only() {
    assert_eq!(shown("null-locks", &[]).expect("each has its own"), 2);
    let shared = shown("null-locks", &["null_lock_shared=yes"]);
    breaks_rule(shared, Rule::LockRecursion, "already");
}

#[test]
fn an_inactive_interrupt_is_forbidden_served_or_passed_over() {
    let exhibit = "inactive-synchronize";
    breaks_rule(shown(exhibit, &[]), Rule::BadArgument, "inactive");
    for (value, ran, said) in [("runs", 1, 7), ("not-called", 0, 0)] {
        let chosen = format!("inactive_synchronize={value}");
        let answer = shown(exhibit, &[&chosen]).expect("no rule is broken");
        assert_eq!((answer & 0xFF, answer >> 8), (ran, said), "{value}");
    }
    // What comes back where the routine runs is a question of its own.
    let both = ["inactive_synchronize=runs", "synchronize_returns_true=yes"];
    assert_eq!(shown(exhibit, &both).expect("no rule is broken"), 0x101);
}

#[test]
fn a_caller_above_the_interrupts_irql_is_stopped_on_both_sides() {
    for (value, rule, words) in [
        ("no", Rule::Irql, "above the interrupt's SynchronizeIrql"),
        ("yes", Rule::Bugcheck, "IRQL_NOT_GREATER_OR_EQUAL"),
    ] {
        for config in configs() {
            let config = under(&config, &[&format!("above_level_stops={value}")]);
            let image = images::guest("offender");
            let mut session =
                Session::start(&config, &image, Device::Edu).expect("no rule is broken");
            let ended = session.control(breaks("synchronize-above-its-irql"), &[], 16);
            breaks_rule(ended.map(|completion| completion.status.0), rule, words);
        }
    }
}

#[test]
fn a_line_based_connect_for_one_message_is_refused_or_served() {
    let answered = |resource, chosen: &[&str]| {
        let image = images::guest("offender");
        let config = under(&until_blocked(resource), chosen);
        let mut session = Session::start(&config, &image, Device::Edu).expect("no rule is broken");
        let answer = exhibit(&mut session, "line-of-message").expect("no rule is broken");
        session.remove().expect("no rule is broken");
        Status(answer)
    };
    let (message, line) = (InterruptResource::Message, InterruptResource::Line);
    assert_eq!(answered(message, &[]), Status::INVALID_DEVICE_REQUEST);
    let served = ["line_takes_one_message=yes"];
    assert_eq!(answered(message, &served), Status::SUCCESS);
    assert_eq!(answered(line, &[]), Status::SUCCESS);
    assert_eq!(answered(line, &served), Status::SUCCESS);
}

#[test]
fn an_unknown_kind_is_told_in_either_words() {
    for (value, status) in [
        ("no", Status::INVALID_PARAMETER_1),
        ("yes", Status::NOT_SUPPORTED),
    ] {
        let status_is = format!("unknown_kind_not_supported={value}");
        let config = under(
            &until_blocked(InterruptResource::Message),
            &["unknown_kind=message", &status_is],
        );
        let image = images::guest("offender");
        let mut session = Session::start(&config, &image, Device::Edu).expect("no rule is broken");
        let completion = session
            .control(keeps("storm"), &[], 16)
            .expect("no rule is broken");
        assert_eq!(completion.status, status);
        session.remove().expect("no rule is broken");
    }
}
