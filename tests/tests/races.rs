//! The race detector: what is no race it leaves in peace, in every schedule; what is one it reports with
//! both accesses, and finds in schedules in which they do not collide.

use dirql_tests::{
    images,
    offender::{breaks, exhibit, line_that_breaks},
    session::{Device, Session, random, until_blocked},
};
use ntsim::{Config, Failure, InterruptResource, Rule, Rules};

const RESOURCES: [InterruptResource; 2] = [InterruptResource::Line, InterruptResource::Message];

/// Schedules of both kinds, on both interrupts.
fn schedules(seeds: u64) -> impl Iterator<Item = Config> {
    RESOURCES.into_iter().flat_map(move |resource| {
        let seeded = (1..=seeds).map(move |seed| random(resource, seed));
        std::iter::once(until_blocked(resource)).chain(seeded)
    })
}

/// What an exhibit answers in each schedule; none of them may fail.
fn silent(name: &str, seeds: u64) -> Vec<u32> {
    let image = images::guest("offender");
    let answer = |config: Config| {
        let run = || {
            let mut session = Session::start(&config, &image, Device::Edu)?;
            let answer = exhibit(&mut session, name)?;
            session.remove()?;
            Ok::<_, Failure>(answer)
        };
        run().unwrap_or_else(|failure| panic!("{name}: {failure}"))
    };
    schedules(seeds).map(answer).collect()
}

#[test]
fn relaxed_counters_are_no_race() {
    let answers = silent("relaxed-counters", 8);
    assert!(answers.iter().all(|sum| *sum == 200), "{answers:?}");
}

#[test]
fn a_number_behind_an_acquire_and_release_flag_is_no_race() {
    let answers = silent("acquire-release-flag", 8);
    assert!(answers.iter().all(|number| *number == 7), "{answers:?}");
}

#[test]
fn statistics_that_are_read_without_the_lock_are_no_race() {
    let answers = silent("statistics-unlocked", 8);
    assert!(answers.iter().all(|claimed| *claimed >= 3), "{answers:?}");
}

#[test]
fn an_isr_that_answers_not_mine_is_no_race() {
    let answers = silent("isr-not-mine", 8);
    // A message may be late, and lost to the disconnection; the neighbour on the line is never.
    let declined = answers.iter().filter(|declined| **declined > 0).count();
    assert!(2 * declined > answers.len(), "{answers:?}");
}

#[test]
fn acknowledging_what_was_read_under_the_lock_is_no_race() {
    let answers = silent("acknowledge-what-was-read", 8);
    assert!(answers.iter().all(|causes| *causes == 7), "{answers:?}");
}

/// How a deed of the offender ends.
fn commit(config: &Config, name: &str) -> Option<Failure> {
    let image = images::guest("offender");
    let run = || {
        let mut session = Session::start(config, &image, Device::Edu)?;
        let request = session.submit(breaks(name), &[], 16)?;
        session.machine.poll(request)?;
        session.remove()
    };
    run().err()
}

#[test]
fn a_race_is_seen_in_every_schedule_that_makes_both_accesses() {
    for name in ["race", "race-with-isr", "race-undeclared"] {
        for config in schedules(6) {
            let failure = commit(&config, name)
                .unwrap_or_else(|| panic!("{name}: nothing noticed in {}", config.token()));
            assert_eq!(failure.cause, Rule::Race, "{failure}");
        }
    }
}

#[test]
fn the_report_names_both_accesses_with_processor_irql_and_locks() {
    let config = until_blocked(InterruptResource::Line);
    let failure = commit(&config, "race-with-isr").expect("a race is noticed");
    let line = line_that_breaks("race-with-isr");
    for part in [
        "definite race at 0xffffa0",
        "a write by thread 2 at src/deeds/interrupt/shared.rs:",
        &format!("{line} on processor 0 at IRQL 0 with no lock held"),
        "a write by an ISR at src/deeds/interrupt/service.rs:",
        "on processor 0 at IRQL 9 with the lock 0xffffa0",
    ] {
        assert!(failure.message.contains(part), "{part} in {failure}");
    }
    let again = Config::from_token(failure.token.as_deref().expect("it has one"))
        .expect("a report's token is good");
    assert_eq!(commit(&again, "race-with-isr"), Some(failure));
}

#[test]
fn symbols_grade_a_race_and_excuse_none() {
    let config = until_blocked(InterruptResource::Line);
    let grade = |name| {
        let failure = commit(&config, name).expect("a race is noticed");
        assert_eq!(failure.cause, Rule::Race, "{failure}");
        failure.message.split(' ').next().map(str::to_owned)
    };
    assert_eq!(grade("race").as_deref(), Some("definite"));
    assert_eq!(grade("race-undeclared").as_deref(), Some("possible"));
}

#[test]
fn the_detector_can_be_switched_off_and_changes_no_run() {
    let image = images::guest("offender");
    let without = Rules::ALL.without(Rule::Race);
    for config in schedules(3) {
        let off = Config {
            rules: without,
            ..config.clone()
        };
        assert_eq!(commit(&off, "race"), None, "{}", off.token());
        let digest = |config: &Config| {
            let run = || {
                let mut session = Session::start(config, &image, Device::Edu)?;
                exhibit(&mut session, "race-locked")?;
                session.remove()
            };
            run().unwrap_or_else(|failure| panic!("{failure}"))
        };
        assert_eq!(digest(&config), digest(&off), "{}", config.token());
    }
}
