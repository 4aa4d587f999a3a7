//! KMDF's order of callbacks (`pnpstatemachine.cpp`, `powerstatemachine.cpp`).

use dirql_tests::{
    doorbell::{AWAIT, RING},
    images,
    session::{Device, Session},
    trace,
};
use ntsim::{DeviceState, InterruptResource, Status, Transition};

use crate::common::{callbacks, in_every_schedule};

const PREPARE: &str = "EvtDevicePrepareHardware";
const RELEASE: &str = "EvtDeviceReleaseHardware";
const ENTRY: &str = "EvtDeviceD0Entry";
const EXIT: &str = "EvtDeviceD0Exit";

#[test]
fn power_changes_and_restarts_call_in_pairs() {
    in_every_schedule(&images::driver(), Device::Edu, |mut session| {
        let machine = &mut session.machine;
        assert_eq!(callbacks(machine, 0), [PREPARE, ENTRY]);
        let transitions = [
            (Transition::PowerDown, DeviceState::LowPower, &[EXIT][..]),
            (Transition::PowerUp, DeviceState::Started, &[ENTRY]),
            (Transition::Stop, DeviceState::Stopped, &[EXIT, RELEASE]),
            (
                Transition::Restart(InterruptResource::Message),
                DeviceState::Started,
                &[PREPARE, ENTRY],
            ),
            (Transition::Stop, DeviceState::Stopped, &[EXIT, RELEASE]),
            (
                Transition::Restart(InterruptResource::Line),
                DeviceState::Started,
                &[PREPARE, ENTRY],
            ),
        ];
        for (transition, state, expected) in transitions {
            let before = machine.events().iter().count();
            assert_eq!(machine.transition(transition)?, state);
            assert_eq!(callbacks(machine, before), expected, "{transition:?}");
        }
        session.remove().map(drop)
    });
}

#[test]
fn a_device_that_is_gone_is_powered_down_and_released_once() {
    for asleep in [false, true] {
        in_every_schedule(&images::driver(), Device::Edu, |mut session| {
            let machine = &mut session.machine;
            if asleep {
                machine.transition(Transition::PowerDown)?;
            }
            let before = machine.events().iter().count();
            machine.unplug()?;
            let state = machine.transition(Transition::SurpriseRemoval)?;
            assert_eq!(state, DeviceState::SurpriseRemoved);
            // A device that slept has left D0 already.
            let expected = if asleep {
                &[RELEASE][..]
            } else {
                &[EXIT, RELEASE]
            };
            assert_eq!(callbacks(machine, before), expected);
            session.remove().map(drop)
        });
    }
}

/// Wherever the change is, and whether the driver's `EvtDeviceD0Entry` finds the device or not.
#[test]
fn a_device_that_goes_during_a_change_of_power_leaves_d0_and_is_released_once() {
    for change in [Transition::PowerDown, Transition::PowerUp] {
        for after in (0..1_600).step_by(200) {
            in_every_schedule(&images::driver(), Device::Edu, |mut session| {
                let machine = &mut session.machine;
                if change == Transition::PowerUp {
                    machine.transition(Transition::PowerDown)?;
                }
                let before = machine.events().iter().count();
                machine.begin_transition(change)?;
                machine.advance(after)?;
                machine.begin_transition(Transition::SurpriseRemoval)?;
                assert_eq!(machine.end_transition()?, DeviceState::SurpriseRemoved);
                let called = callbacks(machine, before);
                let expected: &[&[&str]] = match change {
                    Transition::PowerDown => &[&[EXIT, RELEASE]],
                    // Where it is gone before the driver has looked, D0 is not entered.
                    _ => &[&[ENTRY, EXIT, RELEASE], &[ENTRY, RELEASE]],
                };
                assert!(expected.contains(&&called[..]), "{change:?}: {called:?}");
                session.remove().map(drop)
            });
        }
    }
}

#[test]
fn the_hardware_is_released_where_it_could_not_be_prepared() {
    in_every_schedule(&images::driver(), Device::Edu, |mut session| {
        let machine = &mut session.machine;
        machine.transition(Transition::Stop)?;
        machine.unplug()?;
        let before = machine.events().iter().count();
        let restart = Transition::Restart(InterruptResource::Message);
        assert_eq!(machine.transition(restart)?, DeviceState::Failed);
        assert_eq!(callbacks(machine, before), [PREPARE, RELEASE]);
        session.remove().map(drop)
    });
}

#[test]
fn a_driver_hears_of_a_surprise_removal_once_and_before_anything_is_taken_from_it() {
    in_every_schedule(&images::guest("doorbell"), Device::Bare, |mut session| {
        let wait = session.submit(AWAIT, &[], 0)?;
        assert_eq!(session.machine.poll(wait)?, None);
        let before = session.machine.events().iter().count();
        session.machine.transition(Transition::SurpriseRemoval)?;
        assert_eq!(
            callbacks(&session.machine, before),
            ["EvtDeviceSurpriseRemoval"]
        );
        assert_eq!(session.machine.wait(wait)?.status, Status::DEVICE_REMOVED);
        session.remove().map(drop)
    });
    // An orderly removal is no surprise.
    in_every_schedule(&images::guest("doorbell"), Device::Bare, |session| {
        let mut machine = session.machine;
        let before = machine.events().iter().count();
        machine.close(session.file)?;
        machine.unload()?;
        assert_eq!(callbacks(&machine, before), [""; 0]);
        Ok(())
    });
}

#[test]
fn queues_that_are_not_power_managed_outlive_a_surprise_removal() {
    // The guest's queues are not: they are purged with the removal itself, when no handle is open.
    in_every_schedule(&images::guest("doorbell"), Device::Bare, |mut session| {
        let reader = session.machine.read(session.file, 4)?;
        assert_eq!(session.machine.poll(reader)?, None);
        let state = session.machine.transition(Transition::SurpriseRemoval)?;
        assert_eq!(state, DeviceState::SurpriseRemoved);
        assert_eq!(session.machine.poll(reader)?, None);
        assert_eq!(session.control(RING, &[], 0)?.status, Status::SUCCESS);
        assert_eq!(session.machine.wait(reader)?.output, b"ding");
        let unloaded = |session: &Session| {
            let mut events = session.machine.events().iter();
            events.any(|event| trace::is_callback(event, "DriverUnload"))
        };
        assert!(!unloaded(&session), "a handle is open");
        session.remove().map(drop)
    });
}
