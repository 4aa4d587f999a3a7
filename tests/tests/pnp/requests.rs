//! Requests across the transitions of a device: whose threads exit, and who presents the next one.

use dirql_ioctl::interrupt::WAITS_MAX;
use dirql_tests::{
    doorbell::{RING, counts},
    images,
    session::{Device, Session, random},
    trace,
};
use ntsim::{Event, EventKind, Failure, InterruptResource, Status, Transition};

use crate::common::in_every_schedule;

fn ring(session: &mut Session) -> Result<(), Failure> {
    assert_eq!(session.control(RING, &[], 0)?.status, Status::SUCCESS);
    Ok(())
}

#[test]
fn a_thread_that_exits_takes_its_requests_with_it_and_no_others() {
    in_every_schedule(&images::driver(), Device::Edu, |mut session| {
        let wait = dirql_ioctl::code::WAIT.0;
        let input = (u64::MAX - 1).to_le_bytes();
        let thread = session.machine.begin_thread();
        let file = session.file;
        let own = session.machine.submit_by(thread, file, wait, &input, 16)?;
        let other = session.submit(wait, &input, 16)?;
        assert_eq!(session.machine.poll(own)?, None);
        session.machine.exit_thread(thread)?;
        assert_eq!(session.machine.wait(own)?.status, Status::CANCELLED);
        assert_eq!(session.machine.poll(other)?, None);
        session.machine.cancel(other)?;
        assert_eq!(session.machine.wait(other)?.status, Status::CANCELLED);
        session.remove().map(drop)
    });
}

#[test]
fn the_next_request_of_a_sequential_queue_is_presented_inside_the_completion_of_the_last() {
    in_every_schedule(&images::guest("doorbell"), Device::Bare, |mut session| {
        let reader = session.machine.read(session.file, 4)?;
        assert_eq!(session.machine.poll(reader)?, None);
        let writer = session.machine.write(session.file, b"bong")?;
        assert_eq!(session.machine.poll(writer)?, None);
        // Until EvtIoRead has returned, it is who presents the next.
        session.machine.settle()?;
        ring(&mut session)?;
        assert_eq!(session.machine.wait(reader)?.output, b"ding");
        assert_eq!(session.machine.wait(writer)?.status, Status::SUCCESS);
        let events = trace::events(session.machine.events());
        let presented = events
            .iter()
            .position(|event| trace::is_callback(event, "EvtIoWrite"))
            .expect("the write is presented");
        let completions = trace::spans(&events, "WdfRequestCompleteWithInformation");
        assert!(
            completions.iter().any(|(start, end)| {
                (start..end).contains(&&presented) && events[*start].cpu == events[presented].cpu
            }),
            "the write was presented outside of any completion"
        );
        session.remove().map(drop)
    });
}

#[test]
fn callbacks_of_a_queue_follow_each_other_and_do_not_nest() {
    const WRITERS: usize = 4;
    in_every_schedule(&images::guest("doorbell"), Device::Bare, |mut session| {
        let reader = session.machine.read(session.file, 4)?;
        assert_eq!(session.machine.poll(reader)?, None);
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            let writer = session.machine.write(session.file, b"bong")?;
            assert_eq!(session.machine.poll(writer)?, None);
            writers.push(writer);
        }
        ring(&mut session)?;
        // A poll lets the DPC come to its end.
        for request in [reader].into_iter().chain(writers) {
            let completion = session.machine.poll(request)?.expect("it is complete");
            assert_eq!(completion.status, Status::SUCCESS);
        }
        // Each writer is completed in its own callback, and the reader by a DPC, outside of any.
        let events = trace::events(session.machine.events());
        let completions = trace::spans(&events, "WdfRequestCompleteWithInformation");
        let presented: Vec<usize> = completions
            .iter()
            .map(|(start, end)| {
                let inside = events[*start..*end].iter();
                inside
                    .filter(|event| {
                        event.cpu == events[*start].cpu && trace::is_callback(event, "EvtIoWrite")
                    })
                    .count()
            })
            .filter(|presented| *presented > 0)
            .collect();
        assert_eq!(
            presented,
            [WRITERS],
            "all of them inside of the DPC's completion"
        );
        session.remove().map(drop)
    });
}

/// What happened to requests, in its order.
fn presented_and_completed(events: &[Event]) -> Vec<&'static str> {
    let steps = events.iter().filter_map(|event| match &event.kind {
        EventKind::Callback { what, .. } if *what == "EvtIoDeviceControl" => Some("presented"),
        EventKind::Note(text) if text.contains(": complete with ") => Some("complete"),
        _ => None,
    });
    steps.collect()
}

#[test]
fn held_requests_are_presented_one_after_the_other_when_the_device_wakes() {
    const HELD: usize = 4;
    in_every_schedule(&images::driver(), Device::Edu, |mut session| {
        session.machine.transition(Transition::PowerDown)?;
        let mut held = Vec::new();
        for _ in 0..HELD {
            let request = session.submit(dirql_ioctl::code::QUERY.0, &[], 256)?;
            assert_eq!(session.machine.poll(request)?, None);
            held.push(request);
        }
        let before = session.machine.events().total();
        session.machine.transition(Transition::PowerUp)?;
        for request in held {
            assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
        }
        let log = session.machine.events();
        let new = usize::try_from(log.total() - before).expect("a short log");
        let events = trace::events(log);
        // A query is complete when its callback returns.
        let steps = presented_and_completed(&events[events.len() - new..]);
        assert_eq!(steps, ["presented", "complete"].repeat(HELD));
        session.remove().map(drop)
    });
}

#[test]
fn no_more_requests_wait_than_may_however_many_come_at_once() {
    // With as many threads as fit between a look at the queue and the step into it.
    const TOO_MANY: usize = 24;
    let most = WAITS_MAX as usize;
    for seed in 1..=3 {
        let config = random(InterruptResource::Message, seed);
        let run = || {
            let mut session = Session::start(&config, &images::driver(), Device::Edu)?;
            let wait = dirql_ioctl::code::WAIT.0;
            let input = (u64::MAX - 1).to_le_bytes();
            let mut requests = Vec::new();
            for _ in 0..most + TOO_MANY {
                requests.push(session.submit(wait, &input, 16)?);
            }
            let (mut waiting, mut refused) = (0, 0);
            for request in requests {
                match session.machine.poll(request)? {
                    None => waiting += 1,
                    Some(answer) => {
                        assert_eq!(answer.status, Status::INSUFFICIENT_RESOURCES);
                        refused += 1;
                    }
                }
            }
            assert!(waiting <= most, "{waiting} wait, {refused} were refused");
            session.remove().map(drop)
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn a_queue_that_is_not_power_managed_presents_while_the_device_sleeps() {
    in_every_schedule(&images::guest("doorbell"), Device::Bare, |mut session| {
        session.machine.transition(Transition::PowerDown)?;
        let reader = session.machine.read(session.file, 4)?;
        ring(&mut session)?;
        assert_eq!(session.machine.wait(reader)?.output, b"ding");
        assert_eq!(counts(&mut session)?.answered, 1);
        session.remove().map(drop)
    });
}
