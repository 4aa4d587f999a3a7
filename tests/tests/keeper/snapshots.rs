//! A machine that goes back to a snapshot has the framework as it was: locks that are held, objects that are ending, queues
//! that have stopped, and what the device does by itself.

use std::fmt::Debug;

use dirql_tests::{
    classic,
    keeper::{ask, leave},
    session::{Device, Session},
};
use ntsim::{Config, DeviceState, EventKind, Failure, InterruptResource, Transition};

use crate::common::configs;

/// So many instructions at most run from an order to its end.
const INSTRUCTIONS_MAX: usize = 4000;

fn log(session: &Session) -> String {
    session.machine.events().to_string()
}

/// What the driver was called for last, if it has not completed a request since.
fn called_for(session: &Session) -> Option<&'static str> {
    let mut last = None;
    for event in session.machine.events().iter() {
        match event.kind {
            EventKind::Callback { what, .. } => last = Some(what),
            EventKind::Call {
                name: "WdfRequestCompleteWithInformation",
                ..
            } => last = None,
            _ => {}
        }
    }
    last
}

/// Lets the driver go on until it is called for `what`; whether that happens.
fn until(session: &mut Session, what: &str) -> Result<bool, Failure> {
    for _ in 0..INSTRUCTIONS_MAX {
        if called_for(session) == Some(what) {
            return Ok(true);
        }
        session.machine.advance(1)?;
    }
    Ok(false)
}

/// Begins on a machine in every schedule, goes on, back to where that began, and on again: as a machine does that was never
/// there before. A beginning that comes to no good has nothing, and one in some schedule has something.
#[track_caller]
fn goes_back<B, T: PartialEq + Debug>(
    (device, variant): (Device, &str),
    begin: impl Fn(&mut Session) -> Result<Option<B>, Failure>,
    go_on: impl Fn(&mut Session, &B) -> Result<T, Failure>,
) {
    let Some(image) = classic::image(variant) else {
        return;
    };
    let run = |config: &Config| -> Result<bool, Failure> {
        let start = || -> Result<_, Failure> {
            let mut session = Session::start(config, &image, device)?;
            let there = begin(&mut session)?;
            Ok((session, there))
        };
        let (mut straight, Some(there)) = start()? else {
            return Ok(false);
        };
        let before = log(&straight);
        let wanted = go_on(&mut straight, &there)?;
        let (mut session, there) = start()?;
        let there = there.expect("the schedule is the same");
        let snapshot = session.machine.snapshot()?;
        for round in 0..3 {
            let of_round = format!("{variant}, round {round} with {}", config.token());
            assert_eq!(go_on(&mut session, &there)?, wanted, "{of_round}");
            assert_eq!(log(&session), log(&straight), "{of_round}");
            session.machine.restore(&snapshot)?;
            assert_eq!(log(&session), before, "{of_round}");
        }
        go_on(&mut session, &there)?;
        assert_eq!(session.remove()?, straight.remove()?, "{variant}");
        Ok(true)
    };
    let mut times = 0;
    for config in configs() {
        match run(&config) {
            Ok(there) => times += usize::from(there),
            Err(failure) => panic!("{variant} with {}: {failure}", config.token()),
        }
    }
    assert!(times > 0, "{variant}: never there");
}

/// Gives these orders at once, and goes back to the moment at which the driver is called for `what`.
#[track_caller]
fn goes_back_to(what: &str, variant: &str, orders: &[&str]) {
    goes_back(
        (Device::Bare, variant),
        |session| {
            let given = orders.iter().map(|order| leave(session, order));
            let requests: Vec<_> = given.collect::<Result<_, _>>()?;
            Ok(until(session, what)?.then_some(requests))
        },
        |session, requests| {
            for request in requests {
                session.machine.wait(*request)?;
            }
            session.machine.settle()?;
            ask(session, "NOTES")
        },
    );
}

#[test]
fn a_restored_machine_has_the_callback_lock_that_was_held_and_who_waits_for_it() {
    for variant in [
        "keeper_queue",
        "keeper_queue_passive",
        "keeper_device",
        "keeper_device_passive",
    ] {
        goes_back_to("EvtIoDeviceControl", variant, &["COUNT"; 4]);
    }
    for (variant, order, what) in [
        ("keeper_queue", "COUNT_BY_DPC", "EvtDpcFunc"),
        ("keeper_device", "COUNT_BY_TIMER", "EvtTimerFunc"),
        ("keeper_queue_passive", "COUNT_BY_WORK_ITEM", "EvtWorkItem"),
        ("keeper_device", "COUNT_BY_INTERRUPT", "EvtInterruptDpc"),
        (
            "keeper_device_passive",
            "COUNT_BY_INTERRUPT",
            "EvtInterruptWorkItem",
        ),
    ] {
        goes_back_to(what, variant, &[order; 4]);
    }
}

#[test]
fn a_restored_machine_goes_on_with_the_end_of_objects() {
    for what in ["EvtCleanupCallback", "EvtDestroyCallback"] {
        for order in ["END_TREE", "END_REFERENCED", "END_RAISED"] {
            goes_back_to(what, "keeper", &[order]);
        }
    }
}

#[test]
fn a_restored_machine_knows_which_queue_has_stopped() {
    goes_back(
        (Device::Bare, "keeper"),
        |session| {
            ask(session, "STOP_SECOND")?;
            let request = leave(session, "HAND_ON")?;
            session.machine.settle()?;
            Ok(Some(request))
        },
        |session, request| {
            ask(session, "START_SECOND")?;
            let completion = session.machine.wait(*request)?;
            ask(session, "STOP_SECOND")?;
            Ok(completion)
        },
    );
}

/// Self-managed I/O is initialised once, and restarted afterwards.
#[test]
fn a_restored_machine_knows_what_the_driver_does_by_itself() {
    let change = |session: &mut Session, to: &[Transition]| -> Result<Vec<DeviceState>, Failure> {
        let states = to.iter();
        states
            .map(|transition| session.machine.transition(*transition))
            .collect()
    };
    for asleep in [true, false] {
        goes_back(
            (Device::Edu, "keeper_power"),
            |session| {
                if asleep {
                    change(session, &[Transition::PowerDown])?;
                }
                Ok(Some(()))
            },
            |session, ()| {
                if !asleep {
                    change(session, &[Transition::PowerDown])?;
                }
                let restart = Transition::Restart(InterruptResource::Line);
                change(session, &[Transition::PowerUp, Transition::Stop, restart])
            },
        );
    }
}
