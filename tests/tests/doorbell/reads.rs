//! Reads wait for a ring, writes set what they hear.

use dirql_tests::{
    doorbell::{CHIME_MAX, Counts, counts},
    trace,
};
use ntsim::Status;

use crate::common::{heard, in_every_schedule, read, refused, ring, write};

#[test]
fn a_reader_waits_until_something_rings() {
    in_every_schedule(|session| {
        let reader = read(session, 16)?;
        assert_eq!(session.machine.poll(reader)?, None);
        ring(session)?;
        assert_eq!(session.machine.wait(reader)?, heard(b"ding"));
        let expected = Counts {
            rings: 1,
            answered: 1,
            ..Counts::default()
        };
        assert_eq!(counts(session)?, expected);
        Ok(())
    });
}

#[test]
fn rings_that_nothing_waited_for_answer_one_read() {
    in_every_schedule(|session| {
        for _ in 0..3 {
            ring(session)?;
        }
        let first = read(session, 2)?;
        assert_eq!(session.machine.wait(first)?, heard(b"di"));
        let second = read(session, 16)?;
        assert_eq!(session.machine.poll(second)?, None);
        session.machine.cancel(second)?;
        assert_eq!(session.machine.wait(second)?, refused(Status::CANCELLED));
        let expected = Counts {
            rings: 3,
            answered: 1,
            cancelled: 1,
            unheard: 0,
        };
        assert_eq!(counts(session)?, expected);
        Ok(())
    });
}

#[test]
fn a_write_sets_the_chime_and_waits_behind_a_reader() {
    in_every_schedule(|session| {
        assert_eq!(write(session, b"dong")?.information, 4);
        let reader = read(session, 16)?;
        assert_eq!(session.machine.poll(reader)?, None);
        // Reads and writes share a sequential queue.
        let writer = session.machine.write(session.file, b"bong")?;
        assert_eq!(session.machine.poll(writer)?, None);
        ring(session)?;
        assert_eq!(session.machine.wait(reader)?, heard(b"dong"));
        assert_eq!(session.machine.wait(writer)?.status, Status::SUCCESS);
        ring(session)?;
        let next = read(session, 16)?;
        assert_eq!(session.machine.wait(next)?, heard(b"bong"));
        Ok(())
    });
}

#[test]
fn a_chime_has_a_length_and_a_transfer_of_nothing_never_reaches_the_driver() {
    in_every_schedule(|session| {
        let longest = [b'x'; CHIME_MAX];
        assert_eq!(write(session, &longest)?.information, CHIME_MAX);
        assert_eq!(
            write(session, &[b'x'; CHIME_MAX + 1])?,
            refused(Status::INVALID_PARAMETER)
        );
        assert_eq!(write(session, &[])?, refused(Status::SUCCESS));
        let nothing = read(session, 0)?;
        assert_eq!(session.machine.wait(nothing)?, refused(Status::SUCCESS));
        let events = trace::events(session.machine.events());
        let presented = |what| {
            events
                .iter()
                .filter(|event| trace::is_callback(event, what))
                .count()
        };
        assert_eq!(presented("EvtIoWrite"), 2);
        assert_eq!(presented("EvtIoRead"), 0);
        ring(session)?;
        let reader = read(session, 64)?;
        assert_eq!(session.machine.wait(reader)?, heard(&longest));
        Ok(())
    });
}
