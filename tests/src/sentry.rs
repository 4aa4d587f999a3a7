//! How to talk to the guest `sentry`.

use std::collections::BTreeMap;

use ntsim::{
    Config, Failure, Machine, RequestId, Status,
    device::{Edu, PciDevice, Probe},
};

use crate::{images, session::Session};

#[path = "../guests/sentry/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// The bits of the guest's setup.
pub mod setup {
    use super::protocol;

    /// `EvtDevicePrepareHardware` makes the framework's interrupt.
    pub const IN_PREPARE: u32 = protocol::IN_PREPARE;
    /// It is reported inactive where the device sleeps.
    pub const SOFT: u32 = protocol::SOFT;
    /// `EvtInterruptEnable` fails.
    pub const FAIL_ENABLE: u32 = protocol::FAIL_ENABLE;
    /// `EvtDeviceD0EntryPostInterruptsEnabled` fails.
    pub const FAIL_POST: u32 = protocol::FAIL_POST;
    /// What fails does so from an order on.
    pub const LATER: u32 = protocol::LATER;
    /// The driver connects the interrupt itself.
    pub const DIRECT: u32 = protocol::DIRECT;
    /// The same, at passive level.
    pub const PASSIVE: u32 = protocol::PASSIVE;
    /// The framework's interrupt is handled at passive level.
    pub const FRAMEWORK_PASSIVE: u32 = protocol::FRAMEWORK_PASSIVE;
    /// Each message of the device is an interrupt of the driver's own, with one lock for all.
    pub const SHARED: u32 = protocol::SHARED;
    /// Closures of a loop try, and do not wait.
    pub const TRIES: u32 = protocol::TRIES;
    /// With the framework's interrupt at passive level: two share a state behind a wait lock.
    pub const WAIT_LOCK: u32 = protocol::WAIT_LOCK;
    /// A work item follows, and no DPC.
    pub const WORK_ITEM: u32 = protocol::WORK_ITEM;
}

/// How many closures a `loop` tries to run.
pub const TIMES: u32 = protocol::TIMES;

/// How many messages the device has where they share a lock.
pub const MESSAGES: u16 = 3;

/// A machine with the guest, set up so, that is not started. Its device is QEMU's `edu`, or a probe that has
/// [`MESSAGES`] where they share a lock.
///
/// # Panics
///
/// Where no machine can be set up for the image.
#[must_use]
pub fn machine(config: &Config, bits: u32) -> Machine {
    let device: Box<dyn PciDevice> = if bits & setup::SHARED == 0 {
        Box::new(Edu::new())
    } else {
        Box::new(Probe::with_messages(MESSAGES))
    };
    let mut machine = match Machine::new(config.clone(), &images::guest("sentry"), device) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    };
    machine.set_parameter(protocol::SETUP, bits);
    if bits & (setup::PASSIVE | setup::FRAMEWORK_PASSIVE) != 0 {
        machine.make_line_passive().expect("nothing can fail");
    }
    machine
}

/// Starts the guest, set up so, and opens its device.
///
/// # Errors
///
/// The failure that ended the start.
pub fn start(config: &Config, bits: u32) -> Result<Session, Failure> {
    let mut machine = machine(config, bits);
    machine.start()?;
    let file = machine.open(true, true)?;
    Ok(Session { machine, file })
}

/// As [`start`], on a line that is edge-triggered.
///
/// # Errors
///
/// The failure that ended the start.
pub fn start_on_an_edge(config: &Config, bits: u32) -> Result<Session, Failure> {
    let mut machine = machine(config, bits);
    machine.make_line_edge_triggered()?;
    machine.start()?;
    let file = machine.open(true, true)?;
    Ok(Session { machine, file })
}

/// Gives an order, without waiting for it.
///
/// # Errors
///
/// The failure that ended the run.
pub fn order(session: &mut Session, name: &str) -> Result<RequestId, Failure> {
    session.submit(protocol::order(name), &[], 4)
}

/// Waits for an order, and returns what it answers.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses, or answers with another length.
pub fn answer(session: &mut Session, request: RequestId) -> Result<u32, Failure> {
    let completion = session.machine.wait(request)?;
    assert_eq!(completion.status, Status::SUCCESS);
    let bytes = completion.output.try_into();
    Ok(u32::from_le_bytes(bytes.expect("an answer has four bytes")))
}

/// Gives an order, and returns what it answers.
///
/// # Errors
///
/// The failure that ended the run.
pub fn give(session: &mut Session, name: &str) -> Result<u32, Failure> {
    let request = order(session, name)?;
    answer(session, request)
}

/// The numbers of the guest's report, by their names.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses.
pub fn report(session: &mut Session) -> Result<BTreeMap<&'static str, u32>, Failure> {
    session.report(protocol::order("report"), &protocol::NUMBERS)
}
