//! The order of callbacks and connections on each way into D0 and out of it.

use dirql_tests::beacon::{self, give, report, setup};
use ntsim::{DeviceState, InterruptResource, Transition};

use crate::common::{configs, in_every_schedule, now, told};

const UP: [&str; 4] = [
    "DeviceD0Entry",
    "connected",
    "InterruptEnable",
    "DeviceD0EntryPostInterruptsEnabled",
];
const DOWN: [&str; 4] = [
    "DeviceD0ExitPreInterruptsDisabled",
    "InterruptDisable",
    "disconnected",
    "DeviceD0Exit",
];

#[test]
fn an_interrupt_is_connected_behind_d0_entry_and_disconnected_before_d0_exit() {
    in_every_schedule(0, |mut session| {
        let machine = &mut session.machine;
        let start = told(machine, 0);
        assert_eq!(start[0], "DevicePrepareHardware");
        assert_eq!(start[1..], UP);
        for (transition, expected) in [
            (Transition::PowerDown, &DOWN[..]),
            (Transition::PowerUp, &UP),
        ] {
            let before = now(machine);
            machine.transition(transition)?;
            assert_eq!(told(machine, before), expected);
        }
        let before = now(machine);
        machine.transition(Transition::Stop)?;
        assert_eq!(
            told(machine, before),
            [&DOWN[..], &["DeviceReleaseHardware"]].concat()
        );
        session.remove().map(drop)
    });
}

#[test]
fn an_interrupt_that_is_reported_inactive_stays_connected_until_the_device_leaves_d0_for_good() {
    in_every_schedule(setup::SOFT, |mut session| {
        let machine = &mut session.machine;
        let before = now(machine);
        machine.transition(Transition::PowerDown)?;
        let mut down = DOWN;
        down[2] = "inactive";
        assert_eq!(told(machine, before), down);
        let before = now(machine);
        machine.transition(Transition::PowerUp)?;
        let mut up = UP;
        up[1] = "active";
        assert_eq!(told(machine, before), up);
        let before = now(machine);
        machine.transition(Transition::Stop)?;
        assert_eq!(told(machine, before)[..4], DOWN);
        session.remove().map(drop)
    });
}

#[test]
fn a_device_that_goes_while_it_sleeps_leaves_no_inactive_interrupt_behind() {
    in_every_schedule(setup::SOFT, |mut session| {
        let machine = &mut session.machine;
        machine.transition(Transition::PowerDown)?;
        let before = now(machine);
        machine.transition(Transition::SurpriseRemoval)?;
        assert_eq!(
            told(machine, before),
            [
                "DeviceSurpriseRemoval",
                "disconnected",
                "DeviceReleaseHardware"
            ]
        );
        session.remove().map(drop)
    });
}

#[test]
fn a_device_that_is_gone_is_told_as_one_that_is_stopped() {
    // The device's D0 ends in the framework's order, whether there is still a device or not.
    in_every_schedule(0, |mut session| {
        let machine = &mut session.machine;
        let before = now(machine);
        machine.unplug()?;
        machine.transition(Transition::SurpriseRemoval)?;
        let told = told(machine, before);
        assert_eq!(told[0], "DeviceSurpriseRemoval");
        assert_eq!(told[1..5], DOWN);
        session.remove().map(drop)
    });
}

#[test]
fn interrupts_that_prepare_hardware_makes_go_when_the_hardware_is_released() {
    in_every_schedule(setup::IN_PREPARE, |mut session| {
        let machine = &mut session.machine;
        for _ in 0..2 {
            let before = now(machine);
            machine.transition(Transition::Stop)?;
            assert_eq!(
                told(machine, before)[3..],
                [
                    "DeviceD0Exit",
                    "DeviceReleaseHardware",
                    "CleanupCallback",
                    "DestroyCallback"
                ]
            );
            machine.transition(Transition::Restart(InterruptResource::Message))?;
        }
        let report = report(&mut session)?;
        assert_eq!((report["cleaned"], report["destroyed"]), (2, 2));
        session.remove().map(drop)
    });
}

#[test]
fn interrupts_that_device_add_makes_are_assigned_anew_and_go_with_the_device() {
    in_every_schedule(0, |mut session| {
        for (resource, flags) in [
            (InterruptResource::Message, 0b11),
            (InterruptResource::Line, 0b00),
        ] {
            session.machine.transition(Transition::Stop)?;
            session.machine.transition(Transition::Restart(resource))?;
            let report = report(&mut session)?;
            assert_eq!(report["flags"], flags);
            assert_eq!(report["level"], u32::from(session.machine.device_irql()));
            assert_eq!((report["cleaned"], report["number"]), (0, 0));
        }
        give(&mut session, "raise")?;
        session.remove().map(drop)
    });
}

#[test]
fn what_is_assigned_nothing_is_not_connected() {
    in_every_schedule(setup::SECOND, |mut session| {
        let connected = told(&session.machine, 0);
        let connected = connected.iter().filter(|what| *what == "connected");
        assert_eq!(connected.count(), 1);
        session.machine.transition(Transition::PowerDown)?;
        session.machine.transition(Transition::PowerUp)?;
        session.remove().map(drop)
    });
}

#[test]
fn a_disabled_interrupt_is_disconnected_and_stays_so_until_it_is_enabled() {
    for bits in [0, setup::SOFT] {
        in_every_schedule(bits, |mut session| {
            let before = now(&session.machine);
            assert_eq!(give(&mut session, "disable")?, 0, "no object is left");
            let told_of = told(&session.machine, before);
            assert_eq!(told_of, ["InterruptDisable", "disconnected"]);
            for transition in [Transition::PowerDown, Transition::PowerUp] {
                session.machine.transition(transition)?;
            }
            let told_of = told(&session.machine, before + 1);
            assert!(!told_of.contains(&"connected".to_owned()), "{told_of:?}");
            let before = now(&session.machine);
            assert_eq!(give(&mut session, "enable")?, 1, "there is an object again");
            let told_of = told(&session.machine, before);
            assert_eq!(told_of, ["connected", "InterruptEnable"]);
            assert_eq!(give(&mut session, "synchronize")?, 7);
            session.remove().map(drop)
        });
    }
}

#[test]
fn a_driver_that_wants_to_be_told_of_neither_is_not() {
    for mut config in configs() {
        // Nothing tells such a driver when its ISR is called no more: it relies on the disconnect.
        config.policy.disconnect_waits = true;
        let run = || {
            let mut session = beacon::start(&config, setup::UNTOLD)?;
            give(&mut session, "raise")?;
            session.machine.transition(Transition::PowerDown)?;
            let state = session.machine.transition(Transition::PowerUp)?;
            assert_eq!(state, DeviceState::Started);
            let report = report(&mut session)?;
            assert_eq!((report["enabled"], report["disabled"]), (0, 0));
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}
