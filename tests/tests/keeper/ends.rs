//! How objects end: children before parents, cleanup before destruction, and where.

use dirql_tests::{
    classic,
    keeper::{ask, leave},
};
use ntsim::{EventKind, Rule, Status};

use crate::common::{breaks, configs, in_every_schedule, start};

/// What a callback notes of an object at PASSIVE: its name, and that it is destroyed.
const DESTROYED: u64 = 0x10;
/// And at DISPATCH.
const RAISED: u64 = 0x200;

#[test]
fn objects_end_children_first_in_the_order_of_their_creation() {
    in_every_schedule("keeper", |session| {
        ask(session, "END_TREE")?;
        // 4 and 5 are below 2, which is below 1 as 3 is.
        let cleaned_up = [4, 5, 2, 3, 1];
        let destroyed = cleaned_up.map(|name| DESTROYED + name);
        assert_eq!(ask(session, "NOTES")?, [cleaned_up, destroyed].concat());
        Ok(())
    });
}

#[test]
fn an_object_that_is_referenced_is_cleaned_up_and_destroyed_with_its_last_reference() {
    in_every_schedule("keeper", |session| {
        ask(session, "END_REFERENCED")?;
        assert_eq!(ask(session, "NOTES")?, [1, 9, DESTROYED + 1]);
        Ok(())
    });
}

/// What has to wait for a timer cannot end at DISPATCH, and ends by a work item.
#[test]
fn an_object_ends_at_the_irql_of_who_deletes_it_unless_something_below_it_cannot() {
    in_every_schedule("keeper", |session| {
        ask(session, "END_RAISED")?;
        session.machine.settle()?;
        let mut notes = ask(session, "NOTES")?;
        assert_eq!(notes[..2], [RAISED + 1, RAISED + DESTROYED + 1]);
        // The work item may be done with the second before the driver goes on.
        notes.retain(|note| *note != 9);
        assert_eq!(notes[2..], [2, DESTROYED + 2]);
        Ok(())
    });
}

#[test]
fn a_callback_at_the_end_of_an_object_that_waits_breaks_a_rule_at_dispatch() {
    let says = "EvtCleanupCallback ran at DISPATCH_LEVEL because WdfObjectDelete at ";
    breaks("keeper", Rule::Irql, says, |session| {
        ask(session, "END_WAITING").map(drop)
    });
}

#[test]
fn an_object_is_deleted_once() {
    breaks("keeper", Rule::BadHandle, "a second time", |session| {
        ask(session, "END_TWICE").map(drop)
    });
}

#[test]
fn the_frameworks_own_objects_are_not_the_drivers_to_delete() {
    breaks("keeper", Rule::WdfVerifier, "WdfObjectDelete", |session| {
        ask(session, "END_DEVICE").map(drop)
    });
}

#[test]
fn contexts_are_added_to_an_object_and_end_with_it() {
    const OBJECT_NAME_EXISTS: u64 = 0x4000_0000;
    in_every_schedule("keeper", |session| {
        // Its own callbacks, and between them that of the context that was added.
        let answers = ask(session, "CONTEXTS")?;
        assert_eq!(answers[..4], [0, OBJECT_NAME_EXISTS, 1, 1]);
        assert_eq!(answers[4..], [1, 1, DESTROYED + 1]);
        Ok(())
    });
}

/// `EvtCleanupCallback` still has the buffers of the request, `EvtDestroyCallback` comes after the completion.
#[test]
fn a_request_is_cleaned_up_before_it_is_complete() {
    in_every_schedule("keeper", |session| {
        ask(session, "NOTE_REQUEST")?;
        session.machine.settle()?;
        assert_eq!(ask(session, "NOTES")?, [1, 2]);
        Ok(())
    });
}

/// The request waits in a queue, so that the framework completes it.
#[test]
fn a_request_that_the_framework_completes_is_cleaned_up_at_passive() {
    in_every_schedule("keeper", |session| {
        ask(session, "STOP_SECOND")?;
        let request = leave(session, "HAND_NOTED")?;
        assert_eq!(session.machine.poll(request)?, None);
        session.machine.cancel(request)?;
        assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
        session.machine.settle()?;
        assert_eq!(ask(session, "NOTES")?, [3, 4]);
        ask(session, "START_SECOND").map(drop)
    });
}

#[test]
fn the_driver_object_ends_behind_its_unload_callback() {
    let Some(image) = classic::image("keeper") else {
        return;
    };
    for config in configs() {
        let mut session = start(&config, &image);
        if let Err(failure) = session.machine.unload() {
            panic!("{failure}");
        }
        let events = session.machine.events().iter();
        let callbacks = events.filter_map(|event| match event.kind {
            EventKind::Callback { what, .. } => Some(what),
            _ => None,
        });
        let callbacks: Vec<_> = callbacks.collect();
        let last = &callbacks[callbacks.len() - 3..];
        assert_eq!(
            last,
            ["DriverUnload", "EvtDriverUnload", "EvtCleanupCallback"]
        );
    }
}
