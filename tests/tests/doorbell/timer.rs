//! A timer rings by a DPC.

use dirql_tests::{
    doorbell::{DELAY_MAX_MS, RING_AFTER, counts},
    trace,
};
use ntsim::Status;

use crate::common::{heard, in_every_schedule, read};

#[test]
fn a_timer_rings_after_its_time_and_not_before() {
    in_every_schedule(|session| {
        let reader = read(session, 16)?;
        // The reader has to wait already, or the log shows nothing of it.
        assert_eq!(session.machine.poll(reader)?, None);
        let before = trace::events(session.machine.events()).len();
        let delay = 20_u32;
        let set = session.control(RING_AFTER, &delay.to_le_bytes(), 0)?;
        assert_eq!(set.status, Status::SUCCESS);
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
