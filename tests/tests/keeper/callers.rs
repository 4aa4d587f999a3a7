//! What a program gives with its requests: names, and buffers at its own addresses.

use dirql_tests::{
    classic,
    keeper::{ask, leave_with},
};
use ntsim::{Limit, Rule, Status};

use crate::common::{breaks, configs, in_every_schedule, start};

#[test]
fn a_file_has_the_name_that_it_was_opened_by() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "FILE_NAME")?, [0]);
        session.machine.close(session.file)?;
        let named = session.machine.try_open_named(r"\k", true, true)?;
        session.file = named.expect("the driver opens every file");
        let [backslash, letter] = [b'\\', b'k'].map(u64::from);
        assert_eq!(ask(session, "FILE_NAME")?, [4, backslash, letter]);
        Ok(())
    });
}

#[test]
fn a_program_gives_no_security_context_and_no_options_with_what_it_opens() {
    const CREATE: u64 = 0;
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "CREATE_PARAMETERS")?, [CREATE, 0, 0, 0, 0]);
        Ok(())
    });
}

/// However a read transfers, its parameters are the same: its length, and neither a key nor an offset.
#[test]
fn a_read_has_a_length_and_neither_a_key_nor_an_offset() {
    for variant in ["keeper", "keeper_direct"] {
        in_every_schedule(variant, |session| {
            let request = session.machine.read(session.file, 32)?;
            let completion = session.machine.wait(request)?;
            assert_eq!(completion.status, Status::SUCCESS, "{variant}");
            let words: Vec<_> = completion.output.chunks(8).map(|word| word[0]).collect();
            assert_eq!(words, [32, 0, 0, 0], "{variant}");
            Ok(())
        });
    }
}

#[test]
fn a_read_by_the_programs_own_address_has_no_buffer_that_is_safe() {
    in_every_schedule("keeper_neither", |session| {
        let request = session.machine.read(session.file, 32)?;
        let status = session.machine.wait(request)?.status;
        assert_eq!(status, Status::INVALID_DEVICE_REQUEST);
        Ok(())
    });
}

#[test]
fn a_buffer_that_was_locked_in_the_programs_context_is_served_anywhere() {
    in_every_schedule("keeper_control", |session| {
        let request = leave_with(session, "NEITHER", &41_u64.to_le_bytes(), 8)?;
        let completion = session.machine.wait(request)?;
        assert_eq!(completion.status, Status::SUCCESS);
        assert_eq!(completion.output, 42_u64.to_le_bytes());
        // It is not as long as the driver wants it to be.
        let request = leave_with(session, "NEITHER", &[1], 8)?;
        let status = session.machine.wait(request)?.status;
        assert_eq!(status, Status::BUFFER_TOO_SMALL);
        Ok(())
    });
}

#[test]
fn a_programs_buffer_is_asked_for_in_its_context() {
    let says = "other than in EvtIoInCallerContext";
    breaks("keeper", Rule::WdfVerifier, says, |session| {
        ask(session, "UNSAFE_LATE").map(drop)
    });
}

/// The pages are the program's own, and hold what it had there.
#[test]
fn what_a_driver_does_not_write_of_the_programs_pages_is_the_programs() {
    in_every_schedule("keeper", |session| {
        let request = leave_with(session, "UNWRITTEN", &[], 8)?;
        let completion = session.machine.wait(request)?;
        assert_eq!(completion.output, [0; 8]);
        Ok(())
    });
}

/// In a program's context a driver may touch its memory, under a handler for exceptions: that is not modelled, and no
/// rule is broken.
#[test]
fn an_access_by_the_programs_address_is_not_modelled() {
    let Some(image) = classic::image("keeper_control") else {
        return;
    };
    for config in configs() {
        let mut session = start(&config, &image);
        let touched = leave_with(&mut session, "TOUCH", &[0; 8], 8)
            .and_then(|request| session.machine.wait(request));
        let failure = touched.expect_err("it is not modelled");
        assert_eq!(failure.cause, Limit::NotModelled, "{failure}");
        assert!(failure.message.contains("program's memory"), "{failure}");
    }
}
