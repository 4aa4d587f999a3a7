//! How a read that waits ends: answered, cancelled, closed, removed, or never.

use dirql_tests::{
    doorbell::{AWAIT, COUNT, RING, counts},
    images,
    session::{Device, Session, random, until_blocked},
};
use ntsim::{InterruptResource, Rule, Status};

use crate::common::{heard, in_every_schedule, read, refused, ring};

#[test]
fn a_read_is_answered_or_cancelled_and_never_both() {
    let image = images::guest("doorbell");
    let (mut answered, mut cancelled) = (0, 0);
    for seed in 1..=40 {
        let config = random(InterruptResource::Line, seed);
        let mut run = || {
            let mut session = Session::start(&config, &image, Device::Bare)?;
            let reader = read(&mut session, 4)?;
            assert_eq!(session.machine.poll(reader)?, None);
            // When the count is there, the ring is somewhere between its beginning and its end.
            let (ring, count) = (
                session.submit(RING, &[], 0)?,
                session.submit(COUNT, &[], 16)?,
            );
            session.machine.wait(count)?;
            session.machine.cancel(reader)?;
            let outcome = session.machine.wait(reader)?;
            session.machine.wait(ring)?;
            let counts = counts(&mut session)?;
            if outcome == heard(b"ding") {
                answered += 1;
                assert_eq!((counts.answered, counts.cancelled), (1, 0));
            } else {
                cancelled += 1;
                assert_eq!(outcome, refused(Status::CANCELLED));
                assert_eq!((counts.answered, counts.cancelled), (0, 1));
            }
            assert_eq!(counts.rings, 1);
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
    assert_eq!(answered + cancelled, 40);
    assert!(
        answered > 0 && cancelled > 0,
        "{answered} answered, {cancelled} cancelled"
    );
}

#[test]
fn closing_a_handle_cancels_its_reads_and_no_others() {
    in_every_schedule(|session| {
        let other = session.machine.open(true, true)?;
        let first = session.machine.read(other, 4)?;
        assert_eq!(session.machine.poll(first)?, None);
        // It waits in the queue, behind the first.
        let second = read(session, 4)?;
        session.machine.close(other)?;
        assert_eq!(session.machine.wait(first)?, refused(Status::CANCELLED));
        assert_eq!(session.machine.poll(second)?, None);
        ring(session)?;
        assert_eq!(session.machine.wait(second)?, heard(b"ding"));
        Ok(())
    });
}

#[test]
fn one_ring_ends_all_that_wait_for_it() {
    in_every_schedule(|session| {
        let mut waits = Vec::new();
        for _ in 0..3 {
            waits.push(session.submit(AWAIT, &[], 0)?);
        }
        for wait in &waits {
            assert_eq!(session.machine.poll(*wait)?, None);
        }
        ring(session)?;
        for wait in waits {
            assert_eq!(session.machine.wait(wait)?, refused(Status::SUCCESS));
        }
        Ok(())
    });
}

/// `EvtIoCanceledOnQueue`: the driver had the request before, so the framework gives it back to it.
#[test]
fn a_request_that_the_driver_had_before_is_cancelled_through_the_driver() {
    in_every_schedule(|session| {
        let first = session.submit(AWAIT, &[], 0)?;
        let second = session.submit(AWAIT, &[], 0)?;
        assert_eq!(session.machine.poll(second)?, None);
        session.machine.cancel(second)?;
        assert_eq!(session.machine.wait(second)?, refused(Status::CANCELLED));
        assert_eq!(counts(session)?.cancelled, 1, "the driver has counted it");
        assert_eq!(session.machine.poll(first)?, None);
        // A read that waits behind another was never the driver's: the framework ends it by itself.
        let reader = read(session, 4)?;
        assert_eq!(session.machine.poll(reader)?, None);
        let behind = read(session, 4)?;
        assert_eq!(session.machine.poll(behind)?, None);
        session.machine.cancel(behind)?;
        assert_eq!(session.machine.wait(behind)?, refused(Status::CANCELLED));
        assert_eq!(counts(session)?.cancelled, 1, "the driver has not seen it");
        ring(session)?;
        assert_eq!(session.machine.wait(first)?, refused(Status::SUCCESS));
        assert_eq!(session.machine.wait(reader)?, heard(b"ding"));
        Ok(())
    });
}

#[test]
fn a_removal_ends_the_reads_that_wait() {
    in_every_schedule(|session| {
        for _ in 0..2 {
            read(session, 4)?;
        }
        // The removal is what `in_every_schedule` does next.
        Ok(())
    });
}

#[test]
fn a_wait_that_nothing_can_end_is_a_hang_and_says_who_waits() {
    let image = images::guest("doorbell");
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Bare).expect("the guest starts");
    let reader = read(&mut session, 4).expect("a read can be submitted");
    let failure = session.machine.wait(reader).expect_err("nothing rings");
    assert_eq!(failure.cause, Rule::Hang);
    assert!(failure.message.contains("no thread is left"), "{failure}");
}
