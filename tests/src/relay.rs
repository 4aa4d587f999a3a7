//! How to talk to the guest `relay`.

use ntsim::{Failure, RequestId, Status};

use crate::session::Session;

#[path = "../guests/relay/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

pub use protocol::Report;

/// `EvtDeviceD0Entry` was running.
pub const IN_ENTRY: u32 = protocol::IN_ENTRY;
/// `EvtDeviceD0Exit` was running.
pub const IN_EXIT: u32 = protocol::IN_EXIT;
/// `EvtIoStop` was running.
pub const IN_STOP: u32 = protocol::IN_STOP;

/// The control code of an order.
#[must_use]
pub fn order(name: &str) -> u32 {
    protocol::order(name)
}

/// Gives an order that is done at once, and returns how it ended.
///
/// # Errors
///
/// The failure that ended the run.
pub fn give(session: &mut Session, name: &str) -> Result<Status, Failure> {
    Ok(session.control(order(name), &[], 0)?.status)
}

/// Gives an order whose request stays with the driver, and lets it get there.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the request is complete.
pub fn leave(session: &mut Session, name: &str) -> Result<RequestId, Failure> {
    let request = session.submit(order(name), &[], 0)?;
    assert_eq!(session.machine.poll(request)?, None, "{name}");
    Ok(request)
}

/// Asks for the report.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses, or answers with another length.
pub fn report(session: &mut Session) -> Result<Report, Failure> {
    let completion = session.control(order("report"), &[], Report::LEN)?;
    assert_eq!(completion.status, Status::SUCCESS, "report");
    let (words, rest) = completion.output.as_chunks::<4>();
    assert!(rest.is_empty(), "a report is whole numbers");
    let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let [
        forwarded_at,
        cancelled_at,
        ready,
        purged,
        presented,
        stopped,
        resumed,
        overlapped,
        counted,
    ] = words[..]
    else {
        panic!("a report has nine numbers, not {}", words.len());
    };
    Ok(Report {
        forwarded_at,
        cancelled_at,
        ready,
        purged,
        presented,
        stopped,
        resumed,
        overlapped,
        counted,
    })
}
