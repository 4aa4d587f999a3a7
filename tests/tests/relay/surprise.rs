//! A device that goes away while its power changes: `EvtDeviceSurpriseRemoval` is not synchronized with the other callbacks.

use dirql_tests::{
    relay::{IN_ENTRY, IN_EXIT, IN_STOP, give, leave, report},
    session::{Session, random, until_blocked},
};
use ntsim::{Config, DeviceState, Failure, InterruptResource, Rule, Status, Transition};

use crate::common::{calls_of, start};

const OVERLAPS: &str = "surprise_removal_overlaps=yes";
const WAITS: &str = "surprise_removal_overlaps=no";

fn configs(policy: &str) -> Vec<Config> {
    let mut all = vec![until_blocked(InterruptResource::Line)];
    all.extend((1..=24).map(|seed| random(InterruptResource::Line, seed)));
    for config in &mut all {
        config.choose(policy).expect("a policy and its value");
    }
    all
}

/// Takes the device away `after` so many instructions of a change of power.
fn taken_away_during(session: &mut Session, change: Transition, after: u32) -> Result<(), Failure> {
    session.machine.begin_transition(change)?;
    session.machine.advance(after)?;
    session
        .machine
        .begin_transition(Transition::SurpriseRemoval)?;
    let state = session.machine.end_transition()?;
    assert_eq!(state, DeviceState::SurpriseRemoved);
    Ok(())
}

/// Which callbacks `EvtDeviceSurpriseRemoval` met in any schedule.
fn met(policy: &str) -> u32 {
    let mut met = 0;
    for (config, after) in configs(policy).iter().zip((0..).step_by(15)) {
        for change in [Transition::PowerDown, Transition::PowerUp] {
            let mut session = start(config);
            let mut run = || {
                let parked = if change == Transition::PowerDown {
                    Some(leave(&mut session, "park-first")?)
                } else {
                    session.machine.transition(Transition::PowerDown)?;
                    None
                };
                taken_away_during(&mut session, change, after)?;
                assert_eq!(calls_of(&session, "EvtDeviceSurpriseRemoval"), 1);
                if let Some(parked) = parked {
                    assert_eq!(session.machine.wait(parked)?.status, Status::CANCELLED);
                }
                report(&mut session)
            };
            match run().and_then(|report| session.remove().map(|_| report)) {
                Ok(report) => met |= report.overlapped,
                Err(failure) => panic!("{failure}"),
            }
        }
    }
    met
}

#[test]
fn a_surprise_removal_meets_each_callback_of_a_change_of_power() {
    assert_eq!(met(OVERLAPS), IN_ENTRY | IN_EXIT | IN_STOP);
}

#[test]
fn a_surprise_removal_that_waits_for_the_change_meets_none() {
    assert_eq!(met(WAITS), 0);
}

#[test]
fn a_device_that_is_in_d3_when_its_removal_is_looked_at_leaves_d0_once() {
    for policy in [OVERLAPS, WAITS] {
        for config in configs(policy) {
            let run = || {
                let mut session = start(&config);
                taken_away_during(&mut session, Transition::PowerDown, 40)?;
                assert_eq!(calls_of(&session, "EvtDeviceD0Exit"), 1, "{policy}");
                session.remove()?;
                // One that comes back to D0 meanwhile leaves it again.
                let mut session = start(&config);
                session.machine.transition(Transition::PowerDown)?;
                taken_away_during(&mut session, Transition::PowerUp, 40)?;
                assert_eq!(calls_of(&session, "EvtDeviceD0Exit"), 2, "{policy}");
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
}

/// The framework's own order is no lock against this callback.
#[test]
fn state_that_only_callbacks_of_power_touch_is_a_race_with_a_surprise_removal() {
    for (policy, races) in [(OVERLAPS, true), (WAITS, false)] {
        for config in configs(policy) {
            let run = || {
                let mut session = start(&config);
                give(&mut session, "power-plain")?;
                taken_away_during(&mut session, Transition::PowerDown, 0)?;
                session.remove()
            };
            match run() {
                Err(failure) if races => {
                    assert_eq!(failure.cause, Rule::Race, "{failure}");
                    assert!(failure.to_string().contains("power.rs"), "{failure}");
                }
                Err(failure) => panic!("{failure}"),
                Ok(_) => assert!(!races, "no race is seen under {policy}"),
            }
        }
    }
}

/// The system begins a removal when a change is over, whether the host has asked for its end or not.
#[test]
fn a_removal_that_begins_behind_a_change_is_no_race_with_it() {
    for config in configs(OVERLAPS) {
        let run = || {
            let mut session = start(&config);
            give(&mut session, "power-plain")?;
            session.machine.begin_transition(Transition::PowerDown)?;
            session.machine.settle()?;
            let removal = Transition::SurpriseRemoval;
            session.machine.transition(removal)?;
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}
