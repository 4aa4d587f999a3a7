//! How to talk to the guest `relay`.

use ntsim::{Failure, RequestId, Status};

use crate::session::Session;

#[path = "../guests/relay/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// `EvtDeviceD0Entry` was running.
pub const IN_ENTRY: u32 = protocol::IN_ENTRY;
/// `EvtDeviceD0Exit` was running.
pub const IN_EXIT: u32 = protocol::IN_EXIT;
/// `EvtIoStop` was running.
pub const IN_STOP: u32 = protocol::IN_STOP;

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The IRQL of the last callback that was forwarded to.
    pub forwarded_at: u32,
    /// The IRQL of the last `EvtRequestCancel`.
    pub cancelled_at: u32,
    /// How often the manual queue said that it is ready.
    pub ready: u32,
    /// How often the first queue said that its purge is complete.
    pub purged: u32,
    /// How often a request was presented to be kept.
    pub presented: u32,
    /// How often `EvtIoStop` was called.
    pub stopped: u32,
    /// How often `EvtIoResume` was called.
    pub resumed: u32,
    /// What was running when `EvtDeviceSurpriseRemoval` was called.
    pub overlapped: u32,
    /// How often a callback of power was called, where it counts.
    pub counted: u32,
}

/// The bytes of a report.
pub const REPORT_LEN: usize = protocol::Report::LEN;

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
    let completion = session.control(order("report"), &[], REPORT_LEN)?;
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
