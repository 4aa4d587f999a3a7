//! Requests that a driver keeps while the power changes.

use dirql_tests::relay::{give, leave, report};
use ntsim::{DeviceState, Rule, Status, Transition};

use crate::common::{breaks_in_every_schedule, in_every_schedule};

/// One queue's requests are ended before the next queue is told of its own.
#[test]
fn a_queue_that_waits_for_the_stop_of_a_later_one_hangs_the_power_down() {
    breaks_in_every_schedule(Rule::Hang, "transition", |session| {
        give(session, "stop-left")?;
        leave(session, "park-first")?;
        leave(session, "park-second")?;
        session.machine.transition(Transition::PowerDown).map(drop)
    });
}

#[test]
fn two_queues_that_each_end_their_own_let_the_device_sleep() {
    in_every_schedule(|session| {
        let requests = [
            leave(session, "park-first")?,
            leave(session, "park-second")?,
        ];
        let state = session.machine.transition(Transition::PowerDown)?;
        assert_eq!(state, DeviceState::LowPower);
        for request in requests {
            assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
        }
        assert_eq!(report(session)?.stopped, 2);
        session.machine.transition(Transition::PowerUp).map(drop)
    });
}

#[test]
fn a_request_that_is_acknowledged_stays_with_the_driver_which_hears_of_the_way_back() {
    in_every_schedule(|session| {
        give(session, "stop-keeps")?;
        let request = leave(session, "park-first")?;
        session.machine.transition(Transition::PowerDown)?;
        assert_eq!(session.machine.poll(request)?, None);
        session.machine.transition(Transition::PowerUp)?;
        assert_eq!(session.machine.poll(request)?, None);
        let seen = report(session)?;
        assert_eq!((seen.stopped, seen.resumed, seen.presented), (1, 1, 1));
        give(session, "release")?;
        assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
        Ok(())
    });
}

#[test]
fn a_request_that_is_acknowledged_with_a_requeue_is_presented_again() {
    in_every_schedule(|session| {
        give(session, "stop-requeues")?;
        let request = leave(session, "park-first")?;
        session.machine.transition(Transition::PowerDown)?;
        assert_eq!(report(session)?.presented, 1);
        session.machine.transition(Transition::PowerUp)?;
        assert_eq!(session.machine.poll(request)?, None);
        let seen = report(session)?;
        assert_eq!((seen.stopped, seen.resumed, seen.presented), (1, 0, 2));
        give(session, "release")?;
        assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
        Ok(())
    });
}

/// The framework does not count the cancellation of what was not marked cancelable.
#[test]
fn the_driver_is_told_to_stop_a_request_whose_cancellation_it_has_not_asked_to_hear_of() {
    in_every_schedule(|session| {
        let request = leave(session, "park-first")?;
        session.machine.cancel(request)?;
        assert_eq!(session.machine.poll(request)?, None);
        session.machine.transition(Transition::PowerDown)?;
        assert_eq!(report(session)?.stopped, 1);
        assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
        session.machine.transition(Transition::PowerUp).map(drop)
    });
}

#[test]
fn a_purge_is_complete_when_the_driver_has_nothing_of_the_queue() {
    in_every_schedule(|session| {
        let request = leave(session, "park-first")?;
        assert_eq!(give(session, "purge-first")?, Status::SUCCESS);
        assert_eq!(report(session)?.purged, 0, "the driver has a request");
        // What comes meanwhile is refused; the driver passes on what it was told.
        assert_eq!(give(session, "park-first")?, Status::DEVICE_BUSY);
        assert_eq!(give(session, "release")?, Status::SUCCESS);
        assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
        assert_eq!(report(session)?.purged, 1);
        // Of a queue that has nothing it is complete at once.
        assert_eq!(give(session, "purge-first")?, Status::SUCCESS);
        assert_eq!(report(session)?.purged, 2);
        assert_eq!(give(session, "start-first")?, Status::SUCCESS);
        leave(session, "park-first")?;
        give(session, "release").map(drop)
    });
}

#[test]
fn a_second_purge_before_the_first_is_complete_stops_the_machine() {
    breaks_in_every_schedule(Rule::Bugcheck, "WDF_VIOLATION", |session| {
        leave(session, "park-first")?;
        give(session, "purge-first")?;
        give(session, "purge-first").map(drop)
    });
}
