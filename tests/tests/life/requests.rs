//! Requests across a device's life: whose threads exit, and who presents the next one.

use dirql_tests::{
    doorbell::{RING, counts},
    images,
    session::{Device, Session},
    trace,
};
use ntsim::{Failure, Transition};

use crate::common::in_every_schedule;

const SUCCESS: u32 = 0;
const CANCELLED: u32 = 0xC000_0120;

fn ring(session: &mut Session) -> Result<(), Failure> {
    assert_eq!(session.control(RING, &[], 0)?.status, SUCCESS);
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
        assert_eq!(session.machine.wait(own)?.status, CANCELLED);
        assert_eq!(session.machine.poll(other)?, None);
        session.machine.cancel(other)?;
        assert_eq!(session.machine.wait(other)?.status, CANCELLED);
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
        ring(&mut session)?;
        assert_eq!(session.machine.wait(reader)?.output, b"ding");
        assert_eq!(session.machine.wait(writer)?.status, SUCCESS);
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
