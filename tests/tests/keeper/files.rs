//! Files are opened with the driver's consent, and their callbacks are called under the device's lock where they are to be.

use dirql_tests::{
    classic,
    keeper::{ask, leave},
    session::{Device, Session, until_blocked},
};
use ntsim::{EventKind, InterruptResource, Machine, Rule, Status, device::Edu};

use crate::common::{breaks_in_some_schedule, configs, in_every_schedule, is_marked};

#[test]
fn a_file_is_opened_when_the_driver_completes_its_request() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "FILES")?, [1, 0, 0, 0]);
        let second = session.machine.open(true, true)?;
        session.machine.close(second)?;
        assert_eq!(ask(session, "FILES")?, [2, 1, 1, 1]);
        Ok(())
    });
}

#[test]
fn a_file_that_the_driver_refuses_ends_without_cleanup_and_close() {
    in_every_schedule("keeper", |session| {
        ask(session, "REFUSE_NEXT")?;
        let refused = session.machine.try_open(true, true)?;
        assert_eq!(refused, Err(Status::ACCESS_DENIED));
        session.machine.settle()?;
        assert_eq!(ask(session, "FILES")?, [2, 0, 0, 1]);
        Ok(())
    });
}

#[test]
fn the_request_that_opens_a_file_may_go_to_a_queue() {
    in_every_schedule("keeper", |session| {
        ask(session, "FORWARD_NEXT")?;
        let second = session.machine.open(true, true)?;
        session.machine.close(second)
    });
}

#[test]
fn callbacks_of_files_race_with_those_of_queues_unless_the_device_synchronizes_both() {
    let open_beside = |session: &mut Session| {
        ask(session, "COUNT_NEXT")?;
        let request = leave(session, "COUNT")?;
        session.machine.open(true, true)?;
        session.machine.wait(request).map(drop)
    };
    breaks_in_some_schedule("keeper", Rule::Race, open_beside);
    in_every_schedule("keeper_device_passive", open_beside);
}

#[test]
fn files_are_not_synchronized_with_a_device_at_dispatch() {
    let Some(image) = classic::image("keeper_device_files") else {
        return;
    };
    let config = until_blocked(InterruptResource::Line);
    let failure = Session::start(&config, &image, Device::Bare).expect_err("it does not start");
    assert_eq!(failure.cause, Rule::StartFailed);
    let status = format!("{:#010x}", Status::INVALID_DEVICE_REQUEST.0);
    assert!(failure.message.contains(&status), "{failure}");
}

#[test]
fn a_driver_with_a_scope_adds_its_device_under_its_own_lock() {
    let Some(image) = classic::image("keeper_driver") else {
        return;
    };
    let config = until_blocked(InterruptResource::Line);
    let failure = Session::start(&config, &image, Device::Bare).expect_err("it recurses");
    assert_eq!(failure.cause, Rule::LockRecursion, "{failure}");
    assert!(
        failure
            .message
            .contains("the driver's callback lock is a mutex"),
        "{failure}"
    );
    assert!(is_marked(
        &failure.location.unwrap_or_default(),
        Rule::LockRecursion
    ));
    // The same call is right where the framework takes no lock.
    in_every_schedule("keeper", |session| ask(session, "LEVEL").map(drop));
}

#[test]
fn what_an_entry_that_fails_has_made_ends_when_the_driver_unbinds() {
    let Some(image) = classic::image("keeper_entry") else {
        return;
    };
    for config in configs() {
        let mut machine = Machine::new(config, &image, Box::new(Edu::new())).expect("it is set up");
        let failure = machine.start().expect_err("the entry fails");
        assert_eq!(failure.cause, Rule::StartFailed, "{failure}");
        let cleanups = machine.events().iter().filter(|event| {
            matches!(event.kind, EventKind::Callback { what, .. } if what == "EvtCleanupCallback")
        });
        assert_eq!(cleanups.count(), 1);
    }
}
