//! Every rule that the simulator checks: the driver that breaks it is stopped, and told where; the
//! driver that does the same work and keeps it is not.

mod offences;

use dirql_tests::{
    images,
    offender::{DEEDS, breaks, keeps, line_that_breaks},
    session::{Device, Session, random, until_blocked},
    uninitialized,
};
use ntsim::{Config, Failure, Image, InterruptResource, Rule, Rules, Status};

use offences::{NOT_OFFENCES, OFFENCES, Offence};

/// Serves one request and removes the device, twice, with other bytes in uninitialized memory; how that fails.
fn commit(config: &Config, image: &Image, code: u32) -> Option<Failure> {
    let run = uninitialized::twice(config, image, Device::Edu, |session| {
        let request = session.submit(code, &[], 16)?;
        // A poll ends where the request is never completed, too.
        session.machine.poll(request).map(drop)
    });
    run.err()
}

fn judge(offence: &Offence, config: &Config, failure: &Failure) -> Result<(), String> {
    let Offence { name, rule, says } = *offence;
    let line = line_that_breaks(name);
    let location = failure.location.as_deref().unwrap_or("no place");
    // Of two accesses that race either may come second, and the report names both.
    let at_line = location == line
        || location.ends_with(&format!("/{line}"))
        || (rule == Rule::Race && failure.message.contains(&format!("{line} on processor")))
        // The heap stands between the closure and the kernel: the calls lead to the line.
        || ((name.starts_with("closure-moves")
            || name.starts_with("closure-empties")
            || name.starts_with("closure-makes")
            // The connection of most deeds is made in one place.
            || name.starts_with("isr-lock-"))
            && failure.backtrace.iter().any(|call| call.contains(&format!("{line})"))));
    if failure.cause != rule || !failure.message.contains(says) || !at_line {
        return Err(format!(
            "{name}: expected rule {rule}, '{says}', at {line}; got {failure}"
        ));
    }
    if failure.token != Some(config.token().into()) {
        return Err(format!("{name}: the token is {:?}", failure.token));
    }
    Ok(())
}

#[test]
fn each_broken_rule_ends_the_run_with_its_name_place_and_token() {
    let image = images::guest("offender");
    let mut wrong = Vec::new();
    for config in [
        until_blocked(InterruptResource::Line),
        random(InterruptResource::Line, 1),
        random(InterruptResource::Line, 2),
    ] {
        for offence in OFFENCES {
            match commit(&config, &image, breaks(offence.name)) {
                None => wrong.push(format!("{}: nothing noticed", offence.name)),
                Some(failure) => wrong.extend(judge(offence, &config, &failure).err()),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_list_names_each_deed_of_the_guest_and_each_rule() {
    let named: Vec<&str> = OFFENCES.iter().map(|offence| offence.name).collect();
    assert_eq!(named, DEEDS);
    for rule in Rule::ALL {
        let broken = OFFENCES.iter().any(|offence| offence.rule == *rule);
        assert!(
            broken != NOT_OFFENCES.contains(rule),
            "the rule {rule} is broken by a deed, or stands among those that are not"
        );
    }
}

#[test]
fn a_driver_that_keeps_every_rule_is_left_in_peace() {
    let image = images::guest("offender");
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        let mut configs = vec![until_blocked(interrupt)];
        configs.extend((1..=4).map(|seed| random(interrupt, seed)));
        for config in configs {
            let run = uninitialized::twice(&config, &image, Device::Edu, |session| {
                for name in DEEDS {
                    let completion = session.control(keeps(name), &[], 16)?;
                    assert_eq!(
                        completion.status,
                        Status::SUCCESS,
                        "{name} with {}",
                        config.token()
                    );
                }
                Ok(())
            });
            if let Err(failure) = run {
                panic!("{failure}");
            }
        }
    }
}

/// Seeds among which opposite lock orders meet, and equal ones do not.
const SEEDS: u64 = 24;

/// Without the rule that sees the order before the deadlock.
fn without_lock_order(config: &Config) -> Config {
    Config {
        rules: Rules::ALL.without(Rule::LockOrder),
        ..config.clone()
    }
}

#[test]
fn locks_taken_in_opposite_orders_deadlock_under_some_schedule() {
    let image = images::guest("offender");
    let mut deadlocks = 0;
    for seed in 1..=SEEDS {
        let config = without_lock_order(&random(InterruptResource::Line, seed));
        if let Some(failure) = commit(&config, &image, breaks("lock-order")) {
            deadlocks += 1;
            assert_eq!(failure.cause, Rule::Hang, "{failure}");
            assert!(failure.message.contains("spins for the spin lock"));
            // The token alone brings the deadlock back.
            let again = Config::from_token(failure.token.as_deref().expect("it has one"))
                .expect("a report's token is good");
            assert_eq!(commit(&again, &image, breaks("lock-order")), Some(failure));
        }
        let failure = commit(&config, &image, keeps("lock-order"));
        assert_eq!(failure, None, "one order, seed {seed}");
    }
    assert!(deadlocks > 0, "no deadlock in {SEEDS} schedules");
}

#[test]
fn opposite_orders_are_seen_where_nothing_is_preempted_and_nothing_deadlocks() {
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    let alone = without_lock_order(&config);
    assert_eq!(commit(&alone, &image, breaks("lock-order")), None);
    let failure = commit(&config, &image, breaks("lock-order")).expect("the order is seen");
    assert_eq!(failure.cause, Rule::LockOrder, "{failure}");
}

/// Lets a storm go on for a while.
fn storm(config: &Config, image: &Image) -> Option<Failure> {
    let run = || {
        let mut session = Session::start(config, image, Device::Edu)?;
        session.submit(breaks("storm"), &[], 16)?;
        session.machine.advance(400_000)
    };
    run().err()
}

#[test]
fn a_rule_that_is_off_leaves_a_test_of_its_own_red() {
    let image = images::guest("offender");
    for rule in Rule::ALL {
        if NOT_OFFENCES.contains(rule) {
            continue;
        }
        let config = Config {
            rules: Rules::ALL.without(*rule),
            ..until_blocked(InterruptResource::Line)
        };
        let mut deeds = OFFENCES.iter().filter(|offence| offence.rule == *rule);
        let red = deeds.find(|offence| {
            let failure = match *rule {
                // Nothing else ends it.
                Rule::Storm => storm(&config, &image),
                _ => commit(&config, &image, breaks(offence.name)),
            };
            failure.is_none_or(|failure| judge(offence, &config, &failure).is_err())
        });
        assert!(red.is_some(), "without the rule {rule} nothing is red");
    }
}

#[test]
fn a_report_can_be_read_without_the_simulator() {
    let image = images::guest("offender");
    let config = random(InterruptResource::Message, 3);
    let failure = commit(&config, &image, breaks("panic")).expect("a panic is noticed");
    let text = failure.to_string();
    let line = line_that_breaks("panic");
    for part in [
        "rule bugcheck: a Rust panic at ",
        line.as_str(),
        "replay token 4-r-2-m-0000000000000003",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_driver_that_refuses_its_hardware_has_not_started() {
    let image = images::driver();
    let config = until_blocked(InterruptResource::Line);
    let failure =
        Session::start(&config, &image, Device::Bare).expect_err("there are no registers");
    assert_eq!(failure.cause, Rule::StartFailed);
    assert!(
        failure
            .message
            .contains("EvtDevicePrepareHardware returned the status 0xc"),
        "{failure}"
    );
}
