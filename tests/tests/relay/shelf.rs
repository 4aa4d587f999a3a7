//! A manual queue says when it is not empty any more, and takes back what the driver has taken from it.

use dirql_tests::{
    relay::{give, leave, order, report},
    session::until_blocked,
    trace,
};
use ntsim::{InterruptResource, Limit, Status, Transition};

use crate::common::{in_every_schedule, start};

#[test]
fn a_manual_queue_is_ready_when_it_was_empty_and_not_at_each_request() {
    in_every_schedule(|session| {
        leave(session, "shelve")?;
        assert_eq!(report(session)?.ready, 1);
        leave(session, "shelve")?;
        assert_eq!(report(session)?.ready, 1, "it was not empty");
        for _ in 0..2 {
            assert_eq!(give(session, "take")?, Status::SUCCESS);
        }
        assert_eq!(give(session, "take")?, Status::NO_MORE_ENTRIES);
        leave(session, "shelve")?;
        assert_eq!(report(session)?.ready, 2);
        give(session, "take").map(drop)
    });
}

#[test]
fn a_request_that_is_put_back_is_the_next_to_be_had() {
    in_every_schedule(|session| {
        let [first, second] = [leave(session, "shelve")?, leave(session, "shelve")?];
        assert_eq!(give(session, "put-back")?, Status::SUCCESS);
        assert_eq!(give(session, "take")?, Status::SUCCESS);
        assert_eq!(session.machine.wait(first)?.status, Status::SUCCESS);
        assert_eq!(session.machine.poll(second)?, None);
        give(session, "take").map(drop)
    });
}

#[test]
fn a_queue_is_ready_inside_of_the_requeue_that_makes_it_so() {
    in_every_schedule(|session| {
        leave(session, "shelve")?;
        assert_eq!(give(session, "put-back")?, Status::SUCCESS);
        assert_eq!(report(session)?.ready, 2);
        let events = trace::events(session.machine.events());
        let requeues = trace::spans(&events, "WdfRequestRequeue");
        let [(start, end)] = requeues[..] else {
            panic!("{} requeues", requeues.len());
        };
        let ready = events[start..end]
            .iter()
            .filter(|event| {
                event.cpu == events[start].cpu && trace::is_callback(event, "EvtIoQueueState")
            })
            .count();
        assert_eq!(ready, 1);
        give(session, "take").map(drop)
    });
}

/// What the driver has not taken before the change it cannot take during it, and may have forgotten afterwards.
#[test]
fn a_queue_that_is_not_empty_is_ready_again_when_the_device_is_back_in_d0() {
    in_every_schedule(|session| {
        leave(session, "shelve")?;
        session.machine.transition(Transition::PowerDown)?;
        leave(session, "shelve")?;
        assert_eq!(report(session)?.ready, 1);
        // The framework says that the queue is paused; the driver passes that on.
        assert_eq!(give(session, "take")?, Status::DEVICE_BUSY);
        session.machine.transition(Transition::PowerUp)?;
        assert_eq!(report(session)?.ready, 2);
        for _ in 0..2 {
            assert_eq!(give(session, "take")?, Status::SUCCESS);
        }
        Ok(())
    });
}

#[test]
fn a_request_that_is_cancelled_while_the_driver_has_it_does_not_go_back() {
    in_every_schedule(|session| {
        let request = leave(session, "shelve")?;
        // Wherever the driver is with it.
        let put_back = session.submit(order("put-back"), &[], 0)?;
        session.machine.advance(60)?;
        session.machine.cancel(request)?;
        assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
        session.machine.wait(put_back)?;
        assert_eq!(give(session, "take")?, Status::NO_MORE_ENTRIES);
        Ok(())
    });
}

/// In KMDF a cancellation counts in the queue until it has the queue's lock, and `WdfIoQueueFindRequest` that meets it has
/// the next request make the queue ready. Here it is one step, with the same outcome for the driver.
#[test]
fn a_request_that_is_cancelled_is_gone_from_its_queue_in_one_step() {
    in_every_schedule(|session| {
        let request = leave(session, "shelve")?;
        session.machine.cancel(request)?;
        let state = session.machine.poll(request)?;
        assert_eq!(
            state.map(|completion| completion.status),
            Some(Status::CANCELLED)
        );
        assert_eq!(give(session, "take")?, Status::NO_MORE_ENTRIES);
        leave(session, "shelve")?;
        assert_eq!(report(session)?.ready, 2);
        give(session, "take").map(drop)
    });
}

#[test]
fn a_function_that_is_not_modelled_ends_the_run_with_its_name() {
    let mut session = start(&until_blocked(InterruptResource::Line));
    let failure = give(&mut session, "drain").expect_err("it is not modelled");
    assert_eq!(failure.cause, Limit::NotModelled, "{failure}");
    assert!(failure.message.contains("WdfIoQueueDrain"), "{failure}");
}
