//! Requests that arrive by a handle that is being closed, or is closed: NT keeps the file for who has begun to send.

use dirql_tests::{
    doorbell, images,
    relay::{REPORT_LEN, order},
    session::{Device, Session, random, until_blocked},
};
use ntsim::{EventKind, Failure, FileId, InterruptResource, RequestId, Rule, Status};

use crate::common::{breaks_in_every_schedule, calls_of, in_every_schedule};

/// Opens a handle, and sends by it after its cleanup.
fn send_late(session: &mut Session, code: u32, output: usize) -> Result<RequestId, Failure> {
    let file = session.machine.open(true, true)?;
    let sender = session.machine.begin_sending(file)?;
    session.machine.close(file)?;
    session.machine.submit_late(sender, code, &[], output)
}

#[test]
fn a_request_that_arrives_after_the_cleanup_is_not_kept_by_a_driver_that_looks_under_its_lock() {
    in_every_schedule(|session| {
        let request = send_late(session, order("park-first"), 0)?;
        assert_eq!(calls_of(session, "EvtFileCleanup"), 1);
        assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
        Ok(())
    });
}

#[test]
fn a_request_that_arrives_after_the_cleanup_and_is_kept_all_the_same_is_never_completed() {
    breaks_in_every_schedule(Rule::RequestLeak, "never completed", |session| {
        let request = send_late(session, order("park-blind"), 0)?;
        assert_eq!(session.machine.poll(request)?, None);
        Ok(())
    });
}

/// The order of what happens to a file: its close comes when nothing sends by it any more.
#[test]
fn a_file_is_not_closed_while_a_thread_is_about_to_send_by_it() {
    in_every_schedule(|session| {
        let notes = |session: &Session, words: &str| {
            let mut events = session.machine.events().iter();
            events.any(|event| matches!(&event.kind, EventKind::Note(note) if note.contains(words)))
        };
        let file = session.machine.open(true, true)?;
        let sender = session.machine.begin_sending(file)?;
        session.machine.close(file)?;
        assert!(!notes(session, "close of a file"), "a thread keeps it");
        let report = session
            .machine
            .submit_late(sender, order("report"), &[], REPORT_LEN)?;
        assert_eq!(session.machine.wait(report)?.status, Status::SUCCESS);
        // A thread that exits without having sent gives the file up as well.
        let other: FileId = session.machine.open(true, true)?;
        let idle = session.machine.begin_sending(other)?;
        drop(idle);
        session.machine.close(other)
    });
}

/// The cleanup is somewhere, and so is the request.
#[test]
fn a_request_and_a_cleanup_that_meet_end_the_request_once() {
    for seed in 1..=16 {
        let config = random(InterruptResource::Line, seed);
        let run = || {
            let mut session = Session::start(&config, &images::guest("relay"), Device::Bare)?;
            for late in 0..12 {
                let file = session.machine.open(true, true)?;
                let sender = session.machine.begin_sending(file)?;
                let park = order("park-first");
                let request = if late % 2 == 0 {
                    session.machine.begin_close(file)?;
                    session.machine.advance(late * 6)?;
                    session.machine.submit_late(sender, park, &[], 0)?
                } else {
                    let request = session.machine.submit_late(sender, park, &[], 0)?;
                    session.machine.advance(late * 6)?;
                    session.machine.begin_close(file)?;
                    request
                };
                if session.machine.poll(request)?.is_none() {
                    // It was kept before the file was closed, and nothing cancels what a driver owns.
                    session.control(order("release"), &[], 0)?;
                    assert_eq!(session.machine.wait(request)?.status, Status::SUCCESS);
                }
            }
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn other_drivers_end_a_request_that_arrives_after_the_cleanup() {
    let await_ring = (doorbell::AWAIT, "doorbell", Device::Bare);
    let wait = (dirql_ioctl::code::WAIT.0, "", Device::Edu);
    for (code, guest, device) in [await_ring, wait] {
        for config in [
            until_blocked(InterruptResource::Message),
            random(InterruptResource::Message, 1),
            random(InterruptResource::Message, 2),
        ] {
            let image = match guest {
                "" => images::driver(),
                name => images::guest(name),
            };
            let run = || {
                let mut session = Session::start(&config, &image, device)?;
                let file = session.machine.open(true, true)?;
                let sender = session.machine.begin_sending(file)?;
                session.machine.close(file)?;
                let forever = (u64::MAX - 1).to_le_bytes();
                let request = session.machine.submit_late(sender, code, &forever, 16)?;
                assert_eq!(session.machine.wait(request)?.status, Status::CANCELLED);
                session.remove()
            };
            if let Err(failure) = run() {
                panic!("{failure}");
            }
        }
    }
}
