//! What is refused, and by whom.

use dirql_tests::{
    doorbell::{COUNT, DELAY_MAX_MS, RING, RING_AFTER, counts},
    trace,
};
use ntsim::Status;

use crate::common::{in_every_schedule, refused};

#[test]
fn a_bad_request_is_refused_and_changes_nothing() {
    in_every_schedule(|session| {
        let before = counts(session)?;
        let out_of_range = (DELAY_MAX_MS + 1).to_le_bytes();
        for (code, input, output, status) in [
            (RING_AFTER, &[][..], 0, Status::BUFFER_TOO_SMALL),
            (RING_AFTER, &[1, 0, 0][..], 0, Status::BUFFER_TOO_SMALL),
            (RING_AFTER, &[0; 4][..], 0, Status::INVALID_PARAMETER),
            (RING_AFTER, &out_of_range[..], 0, Status::INVALID_PARAMETER),
            (COUNT, &[][..], 15, Status::BUFFER_TOO_SMALL),
            (RING + 0x1000, &[][..], 0, Status::INVALID_DEVICE_REQUEST),
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
            assert_eq!(
                session.machine.wait(attempt)?,
                refused(Status::ACCESS_DENIED)
            );
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
