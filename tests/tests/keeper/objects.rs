//! Objects that hold something for the driver, and by which names a device is opened.

use dirql_tests::{
    classic,
    keeper::{ask, leave},
    session::Session,
};
use ntsim::{Config, EventKind, Failure, Rule, Rules, Status, Transition};

use crate::common::{breaks, configs, in_every_schedule, start, unopened};

const SUCCESS: u64 = 0;
const TIMEOUT: u64 = 0x102;
const BUFFER_TOO_SMALL: u64 = 0xC000_0023;
/// The bytes that the driver is given room for.
const OUTPUT: u64 = 128;

#[test]
fn what_a_wait_lock_keeps_apart_does_not_race() {
    in_every_schedule("keeper", |session| {
        let requests = [(); 3].map(|()| leave(session, "COUNT_LOCKED"));
        for request in requests {
            assert_eq!(session.machine.wait(request?)?.status, Status::SUCCESS);
        }
        Ok(())
    });
}

#[test]
fn a_wait_lock_is_not_taken_where_no_thread_may_wait() {
    let says =
        "EvtIoDeviceControl ran at DISPATCH_LEVEL because the queue's callback lock is a spin lock";
    breaks("keeper_queue", Rule::Irql, says, |session| {
        ask(session, "COUNT_LOCKED").map(drop)
    });
}

/// How often the driver has asked for a wait lock.
fn acquisitions(session: &Session) -> usize {
    let events = session.machine.events().iter();
    let asked = events.filter(
        |event| matches!(event.kind, EventKind::Call { name, .. } if name == "WdfWaitLockAcquire"),
    );
    asked.count()
}

#[test]
fn who_does_not_get_a_wait_lock_in_time_is_told_so() {
    in_every_schedule("keeper", |session| {
        let holder = leave(session, "HOLD_LOCKED")?;
        while acquisitions(session) == 0 {
            session.machine.advance(1)?;
        }
        assert_eq!(ask(session, "TRY_LOCKED")?, [TIMEOUT, TIMEOUT]);
        session.machine.wait(holder).map(drop)
    });
}

#[test]
fn a_wait_lock_is_taken_once() {
    breaks("keeper", Rule::LockRecursion, "wait lock", |session| {
        ask(session, "ACQUIRE_TWICE").map(drop)
    });
    breaks("keeper", Rule::LockMisuse, "wait lock", |session| {
        ask(session, "RELEASE_TWICE").map(drop)
    });
}

#[test]
fn the_memory_of_a_request_is_its_buffer() {
    in_every_schedule("keeper", |session| {
        let answers = ask(session, "MEMORY")?;
        let expected = [
            SUCCESS,
            1,
            1,
            OUTPUT,
            SUCCESS,
            1,
            SUCCESS,
            BUFFER_TOO_SMALL,
            7,
        ];
        assert_eq!(answers, expected);
        Ok(())
    });
}

#[test]
fn a_request_whose_memory_is_referenced_is_not_complete() {
    breaks("keeper", Rule::Bugcheck, "WDF_VIOLATION", |session| {
        ask(session, "COMPLETE_REFERENCED").map(drop)
    });
}

#[test]
fn a_collection_keeps_its_items_in_their_order() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "COLLECTION")?, [SUCCESS, 3, 1, 1, 1, 1, 1]);
        Ok(())
    });
    breaks("keeper", Rule::WdfVerifier, "collection", |session| {
        ask(session, "REMOVE_MISSING").map(drop)
    });
}

#[test]
fn a_string_object_has_a_copy() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "STRING")?, [SUCCESS, 12, 1]);
        Ok(())
    });
}

#[test]
fn a_device_leads_to_its_driver_and_a_driver_to_its_object() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "NAMES")?, [1, 1, u64::from(b'\\'), 1]);
        Ok(())
    });
}

#[test]
fn a_device_with_a_symbolic_link_is_opened_by_one_program_at_a_time_where_it_is_exclusive() {
    in_every_schedule("keeper_link", |session| {
        assert_eq!(
            session.machine.try_open(true, true)?,
            Err(Status::ACCESS_DENIED)
        );
        session.machine.close(session.file)?;
        session.file = session.machine.open(true, true)?;
        ask(session, "LEVEL").map(drop)
    });
}

#[test]
fn a_request_says_what_it_is() {
    const DEVICE_CONTROL: u64 = 0xE;
    const CODE: u64 = 0x0022_20AC;
    const USER_MODE: u64 = 1;
    in_every_schedule("keeper", |session| {
        let answers = ask(session, "PARAMETERS")?;
        assert_eq!(answers, [DEVICE_CONTROL, OUTPUT, 0, CODE, USER_MODE, 0]);
        Ok(())
    });
    let says = "WDF_REQUEST_PARAMETERS has the size 8";
    breaks("keeper", Rule::BadArgument, says, |session| {
        ask(session, "WRONG_SIZE").map(drop)
    });
}

#[test]
fn who_waits_longest_for_a_wait_lock_is_the_next_to_have_it() {
    in_every_schedule("keeper", |session| {
        let mut requests = Vec::new();
        for count in 1..=4 {
            requests.push(leave(session, "TICKET")?);
            while acquisitions(session) < count {
                session.machine.advance(1)?;
            }
        }
        for (ticket, request) in (0_u64..).zip(requests) {
            let completion = session.machine.wait(request)?;
            assert_eq!(completion.output, ticket.to_le_bytes());
        }
        Ok(())
    });
}

/// Tags are for KMDF's own debugger extension; whether they match is looked at where it tracks references, which nothing
/// here asks it to.
#[test]
fn the_tags_of_references_need_not_match() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "TAGS")?, [SUCCESS]);
        Ok(())
    });
}

#[test]
fn a_symbolic_link_has_a_path_and_is_the_only_one() {
    in_every_schedule("keeper", |session| {
        let answers = [
            Status::INVALID_DEVICE_REQUEST,
            Status::OBJECT_PATH_SYNTAX_BAD,
            Status::SUCCESS,
            Status::INVALID_DEVICE_REQUEST,
        ];
        assert_eq!(ask(session, "LINKS")?, answers.map(u64::from));
        Ok(())
    });
}

#[test]
fn a_symbolic_link_that_programs_cannot_name_opens_nothing() {
    let Some(image) = classic::image("keeper_link_elsewhere") else {
        return;
    };
    for config in configs() {
        unopened(&config, &image);
    }
}

/// NT makes a link when the driver asks for it, and takes it away with the device; here it comes and goes with the start.
#[test]
fn a_symbolic_link_is_open_while_the_device_is_started() {
    let Some(image) = classic::image("keeper_link") else {
        return;
    };
    for config in configs() {
        let mut session = start(&config, &image);
        let lived = session.machine.close(session.file).and_then(|()| {
            session.machine.transition(Transition::SurpriseRemoval)?;
            assert!(!session.machine.can_be_opened());
            session.machine.unload()
        });
        if let Err(failure) = lived {
            panic!("{failure}");
        }
    }
}

#[test]
fn without_its_verifier_kmdf_says_of_a_marked_request_whether_it_is_cancelled() {
    let says = "marked cancelable";
    breaks("keeper", Rule::WdfIsCanceled, says, |session| {
        let request = leave(session, "ASK_CANCELED")?;
        session.machine.poll(request).map(drop)
    });
    let Some(image) = classic::image("keeper") else {
        return;
    };
    for config in configs() {
        let config = Config {
            rules: Rules::ALL.without(Rule::WdfIsCanceled),
            ..config
        };
        let run = || -> Result<(), Failure> {
            let mut session = start(&config, &image);
            let request = leave(&mut session, "ASK_CANCELED")?;
            assert_eq!(session.machine.poll(request)?, None);
            session.machine.cancel(request)?;
            let completion = session.machine.wait(request)?;
            let answers: Vec<_> = completion.output.chunks(8).map(|word| word[0]).collect();
            assert_eq!(answers, [1]);
            session.remove().map(drop)
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn the_framework_has_each_release_up_to_its_own() {
    in_every_schedule("keeper", |session| {
        let begins = u64::from(b'K');
        assert_eq!(ask(session, "VERSION")?, [1, 0, 0, SUCCESS, begins, 0]);
        Ok(())
    });
}

#[test]
fn a_driver_may_stop_itself_where_the_verifier_is_on() {
    let says = "WdfVerifierDbgBreakPoint";
    breaks("keeper", Rule::WdfVerifier, says, |session| {
        ask(session, "BREAK").map(drop)
    });
}
