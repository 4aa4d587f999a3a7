//! What follows where a connect or a callback of the interrupt fails.

use dirql_tests::{
    beacon::{self, give, setup},
    session::Session,
};
use ntsim::{DeviceState, Failure, InjectedFailure, InterruptResource, Rule, Transition};

use crate::common::{configs, in_every_schedule, now, told};

/// How a first start fails, and what was told in its course.
fn failed_start(bits: u32, injected: bool) -> Vec<(Failure, Vec<String>)> {
    let configs = configs().into_iter();
    let runs = configs.map(|config| {
        let mut machine = beacon::machine(&config, bits);
        if injected {
            machine.inject(InjectedFailure::ConnectRefused, 0, 1);
        }
        let failure = machine.start().expect_err("a callback has failed");
        (failure, told(&machine, 0))
    });
    runs.collect()
}

#[test]
fn a_failed_enable_ends_the_start_behind_a_whole_way_down_without_disable() {
    for (failure, told) in failed_start(setup::FAIL_ENABLE, false) {
        assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
        assert!(failure.message.contains("EvtInterruptEnable"), "{failure}");
        assert_eq!(
            told[1..],
            [
                "DeviceD0Entry",
                "connected",
                "InterruptEnable",
                "disconnected",
                "DeviceD0Exit",
                "DeviceReleaseHardware",
                "CleanupCallback",
                "DestroyCallback"
            ]
        );
    }
}

#[test]
fn a_failed_post_interrupts_enabled_disables_and_calls_no_pre_interrupts_disabled() {
    for (failure, told) in failed_start(setup::FAIL_POST | setup::IN_PREPARE, false) {
        assert!(
            failure
                .message
                .contains("EvtDeviceD0EntryPostInterruptsEnabled"),
            "{failure}"
        );
        assert_eq!(
            told[3..],
            [
                "InterruptEnable",
                "DeviceD0EntryPostInterruptsEnabled",
                "InterruptDisable",
                "disconnected",
                "DeviceD0Exit",
                "DeviceReleaseHardware",
                "CleanupCallback",
                "DestroyCallback"
            ]
        );
    }
}

#[test]
fn a_connect_that_nt_refuses_is_followed_by_d0_exit() {
    for (failure, told) in failed_start(0, true) {
        assert!(
            failure.message.contains("IoConnectInterruptEx"),
            "{failure}"
        );
        assert_eq!(
            told[1..5],
            [
                "DeviceD0Entry",
                "not connected",
                "DeviceD0Exit",
                "DeviceReleaseHardware"
            ]
        );
    }
}

/// Wakes the device, where a callback fails now.
fn wake(mut session: Session, expected: &[&str]) -> Result<(), Failure> {
    session.machine.transition(Transition::PowerDown)?;
    give(&mut session, "fail-from-now")?;
    let before = now(&session.machine);
    let state = session.machine.transition(Transition::PowerUp)?;
    assert_eq!(state, DeviceState::Failed);
    assert_eq!(told(&session.machine, before), expected);
    session.remove().map(drop)
}

#[test]
fn a_device_that_cannot_be_woken_is_given_up() {
    let end = ["disconnected", "DeviceD0Exit", "DeviceReleaseHardware"];
    in_every_schedule(setup::FAIL_ENABLE | setup::LATER, |session| {
        let up = ["DeviceD0Entry", "connected", "InterruptEnable"];
        wake(session, &[&up[..], &end].concat())
    });
    in_every_schedule(setup::FAIL_POST | setup::LATER | setup::SOFT, |session| {
        let up = [
            "DeviceD0Entry",
            "active",
            "InterruptEnable",
            "DeviceD0EntryPostInterruptsEnabled",
            "InterruptDisable",
        ];
        wake(session, &[&up[..], &end].concat())
    });
}

#[test]
fn a_device_that_fails_on_the_way_to_sleep_leaves_d0_and_is_given_up() {
    for bits in [setup::FAIL_DISABLE, setup::FAIL_PRE] {
        in_every_schedule(bits | setup::LATER | setup::SOFT, |mut session| {
            give(&mut session, "fail-from-now")?;
            let before = now(&session.machine);
            let state = session.machine.transition(Transition::PowerDown)?;
            assert_eq!(state, DeviceState::Failed);
            assert_eq!(
                told(&session.machine, before),
                [
                    "DeviceD0ExitPreInterruptsDisabled",
                    "InterruptDisable",
                    "inactive",
                    "DeviceD0Exit",
                    "disconnected",
                    "DeviceReleaseHardware"
                ]
            );
            session.remove().map(drop)
        });
        // On the way out for good the framework goes on.
        in_every_schedule(bits, |mut session| {
            let state = session.machine.transition(Transition::Stop)?;
            assert_eq!(state, DeviceState::Stopped);
            let restart = Transition::Restart(InterruptResource::Message);
            assert_eq!(session.machine.transition(restart)?, DeviceState::Started);
            session.remove().map(drop)
        });
    }
}
