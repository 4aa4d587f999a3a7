//! Registers that do not answer, and interrupts of others meanwhile.

use dirql_tests::{
    dirql, images,
    offender::{breaks, keeps},
    session::{Device, Session, until_blocked},
};
use ntsim::{InterruptResource, Rule, Transition};

use crate::common::in_every_schedule;

#[test]
fn a_device_that_is_gone_reads_all_ones_and_a_wrong_access_is_wrong_all_the_same() {
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Edu).expect("the guest starts");
    session.machine.unplug().expect("a device can be taken out");
    let whole = session.control(keeps("register-width"), &[], 4);
    assert!(whole.is_ok(), "{whole:?}");
    let narrow = session.control(breaks("register-width"), &[], 4);
    assert_eq!(
        narrow.expect_err("8 bits of a register").cause,
        Rule::BadMmio
    );
}

#[test]
fn a_register_that_is_read_outside_d0_is_a_broken_rule() {
    // The guest's queue is not power-managed, so that its deeds reach a device that sleeps.
    let image = images::guest("offender");
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Edu).expect("the guest starts");
    let transition = session.machine.transition(Transition::PowerDown);
    transition.expect("the device goes to sleep");
    let read = session.control(keeps("register-width"), &[], 4);
    let failure = read.expect_err("the device is in D3");
    assert_eq!(failure.cause, Rule::BadMmio);
    assert!(failure.message.contains("not in D0"), "{failure}");
}

#[test]
fn the_driver_touches_no_register_for_the_interrupts_of_others_at_any_time() {
    in_every_schedule(&images::driver(), Device::Edu, |mut session| {
        for transition in [
            Transition::PowerDown,
            Transition::PowerUp,
            Transition::Stop,
            Transition::Restart(InterruptResource::Line),
            Transition::PowerDown,
        ] {
            session.machine.begin_transition(transition)?;
            for _ in 0..12 {
                session.machine.raise_neighbour()?;
                session.machine.advance(120)?;
            }
            session.machine.end_transition()?;
            session.machine.raise_neighbour()?;
            session.machine.advance(1_000)?;
        }
        session.machine.transition(Transition::PowerUp)?;
        assert_eq!(dirql::raise(&mut session, 1, 1)?.raised, 1);
        session.remove().map(drop)
    });
}

#[test]
fn an_unplugged_device_breaks_no_rule_wherever_the_driver_is() {
    let image = images::driver();
    for resource in [InterruptResource::Line, InterruptResource::Message] {
        for point in (0..4_000).step_by(500) {
            let run = || {
                let config = until_blocked(resource);
                let mut session = Session::start(&config, &image, Device::Edu)?;
                let raise = dirql::begin_raise(&mut session, 0b101, 4)?;
                session.machine.advance(point)?;
                session.machine.unplug()?;
                session.machine.wait(raise)?;
                session.machine.transition(Transition::SurpriseRemoval)?;
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
}
