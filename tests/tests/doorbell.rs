//! A driver that has nothing to do with dirql runs: reads, writes, IOCTLs, a timer, a DPC,
//! cancellation, an orderly removal.

use dirql_tests::{
    doorbell::{CHIME_MAX, COUNT, Counts, DELAY_MAX_MS, RING, RING_AFTER, counts},
    images,
    session::{Device, Session, random, until_blocked},
    trace,
};
use ntsim::{Completion, Config, Failure, InterruptResource, RequestId, rule};

const SUCCESS: u32 = 0;
const ACCESS_DENIED: u32 = 0xC000_0022;
const BUFFER_TOO_SMALL: u32 = 0xC000_0023;
const INVALID_PARAMETER: u32 = 0xC000_000D;
const INVALID_DEVICE_REQUEST: u32 = 0xC000_0010;
const CANCELLED: u32 = 0xC000_0120;

/// Starts the driver under several schedules, lets `body` talk to it, and removes it.
fn in_every_schedule(body: impl Fn(&mut Session) -> Result<(), Failure>) {
    let image = images::guest("doorbell");
    let mut configs = vec![until_blocked(InterruptResource::Line)];
    configs.extend((1..=6).map(|seed| random(InterruptResource::Line, seed)));
    configs.push(Config {
        cpus: 1,
        ..random(InterruptResource::Line, 7)
    });
    for config in configs {
        let run = || {
            let mut session = Session::start(&config, &image, Device::Bare)?;
            body(&mut session)?;
            session.remove()
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

fn read(session: &mut Session, length: usize) -> Result<RequestId, Failure> {
    session.machine.read(session.file, length)
}

fn write(session: &mut Session, bytes: &[u8]) -> Result<Completion, Failure> {
    let request = session.machine.write(session.file, bytes)?;
    session.machine.wait(request)
}

fn ring(session: &mut Session) -> Result<(), Failure> {
    assert_eq!(session.control(RING, &[], 0)?.status, SUCCESS);
    Ok(())
}

fn heard(chime: &[u8]) -> Completion {
    Completion {
        status: SUCCESS,
        information: chime.len(),
        output: chime.to_vec(),
    }
}

fn refused(status: u32) -> Completion {
    Completion {
        status,
        information: 0,
        output: Vec::new(),
    }
}

#[test]
fn a_reader_waits_until_somebody_rings() {
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
fn rings_that_nobody_waited_for_answer_one_read() {
    in_every_schedule(|session| {
        for _ in 0..3 {
            ring(session)?;
        }
        let first = read(session, 2)?;
        assert_eq!(session.machine.wait(first)?, heard(b"di"));
        let second = read(session, 16)?;
        assert_eq!(session.machine.poll(second)?, None);
        session.machine.cancel(second)?;
        assert_eq!(session.machine.wait(second)?, refused(CANCELLED));
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
        assert_eq!(session.machine.wait(writer)?.status, SUCCESS);
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
            refused(INVALID_PARAMETER)
        );
        assert_eq!(write(session, &[])?, refused(SUCCESS));
        let nothing = read(session, 0)?;
        assert_eq!(session.machine.wait(nothing)?, refused(SUCCESS));
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

#[test]
fn a_timer_rings_after_its_time_and_not_before() {
    in_every_schedule(|session| {
        let reader = read(session, 16)?;
        // The reader has to wait already, or the log shows nothing of it.
        assert_eq!(session.machine.poll(reader)?, None);
        let before = trace::events(session.machine.events()).len();
        let delay = 20_u32;
        let set = session.control(RING_AFTER, &delay.to_le_bytes(), 0)?;
        assert_eq!(set.status, SUCCESS);
        assert_eq!(session.machine.wait(reader)?, heard(b"ding"));
        let events = trace::events(session.machine.events()).split_off(before);
        let started = events
            .iter()
            .find(|event| trace::is_call(event, "WdfTimerStart"))
            .expect("the timer is started");
        let expired = events
            .iter()
            .find(|event| trace::is_callback(event, "DPC"))
            .expect("the timer's callback is a DPC");
        // 300 cycles are 100 ns.
        let cycles = u64::from(delay) * 10_000 * 300;
        assert!(expired.cycles - started.cycles >= cycles);
        assert!(expired.cycles - started.cycles < cycles + 10_000);
        assert_eq!(expired.irql, 2);
        Ok(())
    });
}

#[test]
fn a_second_start_moves_the_timer() {
    in_every_schedule(|session| {
        for delay in [DELAY_MAX_MS, 1] {
            session.control(RING_AFTER, &delay.to_le_bytes(), 0)?;
        }
        let reader = read(session, 16)?;
        assert_eq!(session.machine.wait(reader)?, heard(b"ding"));
        // The first time does not come any more.
        let later = read(session, 16)?;
        assert_eq!(session.machine.poll(later)?, None);
        assert_eq!(counts(session)?.rings, 1);
        Ok(())
    });
}

#[test]
fn a_bad_request_is_refused_and_changes_nothing() {
    in_every_schedule(|session| {
        let before = counts(session)?;
        let out_of_range = (DELAY_MAX_MS + 1).to_le_bytes();
        for (code, input, output, status) in [
            (RING_AFTER, &[][..], 0, BUFFER_TOO_SMALL),
            (RING_AFTER, &[1, 0, 0][..], 0, BUFFER_TOO_SMALL),
            (RING_AFTER, &[0; 4][..], 0, INVALID_PARAMETER),
            (RING_AFTER, &out_of_range[..], 0, INVALID_PARAMETER),
            (COUNT, &[][..], 15, BUFFER_TOO_SMALL),
            (RING + 0x1000, &[][..], 0, INVALID_DEVICE_REQUEST),
        ] {
            assert_eq!(session.control(code, input, output)?, refused(status));
        }
        assert_eq!(counts(session)?, before);
        Ok(())
    });
}

#[test]
fn a_handle_without_a_right_is_refused_before_the_driver_sees_the_request() {
    in_every_schedule(|session| {
        let reader = session.machine.open(true, false)?;
        let writer = session.machine.open(false, true)?;
        let attempts = [
            session.machine.submit(reader, RING, &[], 0)?,
            session.machine.submit(writer, COUNT, &[], 16)?,
            session.machine.read(writer, 4)?,
            session.machine.write(reader, b"ding")?,
        ];
        for attempt in attempts {
            assert_eq!(session.machine.wait(attempt)?, refused(ACCESS_DENIED));
        }
        let events = trace::events(session.machine.events());
        assert!(
            !events
                .iter()
                .any(|event| trace::is_callback(event, "EvtIoDeviceControl"))
        );
        Ok(())
    });
}

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
                assert_eq!(outcome, refused(CANCELLED));
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
        assert_eq!(session.machine.wait(first)?, refused(CANCELLED));
        assert_eq!(session.machine.poll(second)?, None);
        ring(session)?;
        assert_eq!(session.machine.wait(second)?, heard(b"ding"));
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
fn a_wait_that_nobody_can_end_is_a_hang_and_says_who_waits() {
    let image = images::guest("doorbell");
    let config = until_blocked(InterruptResource::Line);
    let mut session = Session::start(&config, &image, Device::Bare).expect("the guest starts");
    let reader = read(&mut session, 4).expect("a read can be submitted");
    let failure = session.machine.wait(reader).expect_err("nobody rings");
    assert_eq!(failure.rule, rule::HANG);
    assert!(failure.message.contains("no thread is left"), "{failure}");
}
