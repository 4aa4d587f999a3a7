//! Files of the system's that a driver opens, and texts that it puts together.

use dirql_tests::keeper::ask;
use ntsim::{Rule, Status};

use crate::common::{breaks, in_every_schedule};

const SUCCESS: u64 = 0;
const OPENED: u64 = 1;
const CREATED: u64 = 2;
const OVERWRITTEN: u64 = 3;

#[test]
fn a_file_holds_what_was_written_when_it_is_opened_again() {
    let end_of_file = u64::from(Status::END_OF_FILE);
    in_every_schedule("keeper", |session| {
        let written = ask(session, "DISK")?;
        // Opened, written, and read at its end.
        assert_eq!(written[..5], [SUCCESS, CREATED, 8, end_of_file, 0]);
        // Read at its beginning, and behind that.
        assert_eq!(written[5..10], [SUCCESS, 7, 8, SUCCESS, 0]);
        // Closed, and read all the same.
        assert_eq!(written[10..], [SUCCESS, Status::INVALID_HANDLE.into()]);
        assert_eq!(ask(session, "REOPENED")?, [SUCCESS, SUCCESS, 7]);
        assert_eq!(ask(session, "DISK")?[..2], [SUCCESS, OPENED]);
        Ok(())
    });
}

#[test]
fn a_file_is_opened_as_its_disposition_and_its_other_users_allow() {
    in_every_schedule("keeper", |session| {
        let refused = [
            Status::SHARING_VIOLATION,
            Status::OBJECT_NAME_COLLISION,
            Status::OBJECT_NAME_NOT_FOUND,
            Status::FILE_IS_A_DIRECTORY,
            Status::OBJECT_PATH_NOT_FOUND,
            Status::OBJECT_PATH_SYNTAX_BAD,
        ]
        .map(u64::from);
        let answers = ask(session, "REFUSED")?;
        assert_eq!(answers[..2], [SUCCESS, CREATED]);
        assert_eq!(answers[2..8], refused);
        assert_eq!(answers[8..], [SUCCESS, OVERWRITTEN]);
        Ok(())
    });
}

#[test]
fn a_file_that_is_open_when_the_driver_goes_is_told() {
    breaks("keeper", Rule::ObjectLeak, "File", |session| {
        ask(session, "KEEP_OPEN").map(drop)
    });
}

#[test]
fn a_file_is_opened_at_passive_alone() {
    let says =
        "EvtIoDeviceControl ran at DISPATCH_LEVEL because the queue's callback lock is a spin lock";
    breaks("keeper_queue", Rule::Irql, says, |session| {
        ask(session, "DISK").map(drop)
    });
}

#[test]
fn a_text_is_put_behind_another_as_far_as_there_is_room() {
    const OUT_OF_RANGE: u64 = 34;
    const INVALID: u64 = 22;
    in_every_schedule("keeper", |session| {
        let answers = ask(session, "TEXT")?;
        assert_eq!(answers[..4], [SUCCESS, SUCCESS, 12, 1]);
        let too_small = Status::BUFFER_TOO_SMALL.into();
        assert_eq!(answers[4..7], [too_small, SUCCESS, 16]);
        assert_eq!(answers[7..], [0, 0, 1, OUT_OF_RANGE, 0, INVALID]);
        Ok(())
    });
}
