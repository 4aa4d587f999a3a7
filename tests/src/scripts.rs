//! A fixed conversation with each driver, for runs that are compared byte by byte.

use std::fmt::Write as _;

use dirql_ioctl::synchronize::Operation;
use ntsim::{Config, Failure};

use crate::{
    dirql, doorbell, images, offender,
    session::{Device, Session},
};

/// The drivers that [`run`] knows.
pub const DRIVERS: [&str; 3] = ["dirql_driver", "doorbell", "offender"];

/// Starts a driver, talks to it, removes it, and gives everything that can be seen of the run: the
/// event log, the answers, and the summary or the failure.
///
/// # Panics
///
/// Where there is no such driver, or it does not answer as it should.
#[must_use]
pub fn run(driver: &str, config: &Config) -> String {
    let (image, device) = match driver {
        "dirql_driver" => (images::driver(), Device::Edu),
        "doorbell" => (images::guest(driver), Device::Bare),
        "offender" => (images::guest(driver), Device::Edu),
        _ => panic!("there is no script for {driver}"),
    };
    let mut text = String::new();
    let end = Session::start(config, &image, device).and_then(|mut session| {
        match driver {
            "dirql_driver" => drive_dirql(&mut session, &mut text),
            "doorbell" => drive_doorbell(&mut session, &mut text),
            _ => drive_offender(&mut session, &mut text),
        }?;
        // Removing the device takes the machine and its log with it.
        write(&mut text, &session.machine.events());
        session.remove()
    });
    match end {
        Ok(summary) => write(&mut text, &format_args!("{summary:?}")),
        Err(failure) => write(&mut text, &failure),
    }
    text
}

fn write(text: &mut String, line: &dyn std::fmt::Display) {
    writeln!(text, "{line}").expect("a string takes everything");
}

fn drive_dirql(session: &mut Session, text: &mut String) -> Result<(), Failure> {
    let query = dirql::query(session)?;
    write(text, &format_args!("{query:?}"));
    for operation in Operation::ALL {
        let argument = match operation {
            Operation::Add | Operation::Transfer | Operation::Fill => 3,
            _ => 0,
        };
        let reply = dirql::synchronize(session, operation, argument, 3)?;
        write(text, &format_args!("{reply:?}"));
    }
    let raised = dirql::raise(session, 0b101, 3)?;
    write(text, &format_args!("{raised:?}"));
    let waited = dirql::wait(session, raised.sequence_before)?;
    write(text, &format_args!("{waited:?}"));
    let statistics = dirql::statistics(session)?;
    write(text, &format_args!("{statistics:?}"));
    Ok(())
}

fn drive_doorbell(session: &mut Session, text: &mut String) -> Result<(), Failure> {
    let file = session.file;
    let written = session.machine.write(file, b"dong")?;
    session.machine.wait(written)?;
    let read = session.machine.read(file, 8)?;
    session.control(doorbell::RING_AFTER, &5_u32.to_le_bytes(), 0)?;
    session.control(doorbell::RING, &[], 0)?;
    let heard = session.machine.wait(read)?;
    write(text, &format_args!("{heard:?}"));
    let counts = doorbell::counts(session)?;
    write(text, &format_args!("{counts:?}"));
    Ok(())
}

fn drive_offender(session: &mut Session, text: &mut String) -> Result<(), Failure> {
    for name in ["race", "race-locked", "open-raises"] {
        let answer = offender::exhibit(session, name)?;
        write(text, &format_args!("{name}: {answer}"));
    }
    Ok(())
}
