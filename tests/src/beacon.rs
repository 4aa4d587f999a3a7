//! How to talk to the guest `beacon`.

use std::collections::BTreeMap;

use ntsim::{
    Config, Failure, Machine, Status,
    device::{Edu, PciDevice},
};

use crate::{images, session::Session};

#[path = "../guests/beacon/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// The bits of the guest's setup.
pub mod setup {
    use super::protocol;

    /// `EvtInterruptDisable` fails.
    pub const FAIL_DISABLE: u32 = protocol::FAIL_DISABLE;
    /// `EvtInterruptEnable` fails.
    pub const FAIL_ENABLE: u32 = protocol::FAIL_ENABLE;
    /// `EvtDeviceD0EntryPostInterruptsEnabled` fails.
    pub const FAIL_POST: u32 = protocol::FAIL_POST;
    /// `EvtDeviceD0ExitPreInterruptsDisabled` fails.
    pub const FAIL_PRE: u32 = protocol::FAIL_PRE;
    /// `EvtDevicePrepareHardware` creates the interrupt.
    pub const IN_PREPARE: u32 = protocol::IN_PREPARE;
    /// What fails does so from an order on.
    pub const LATER: u32 = protocol::LATER;
    /// The lock is a WDFSPINLOCK.
    pub const OWN_LOCK: u32 = protocol::OWN_LOCK;
    /// The interrupt is handled at passive level, on a line that is.
    pub const PASSIVE: u32 = protocol::PASSIVE;
    /// What KMDF refuses is tried first.
    pub const REFUSALS: u32 = protocol::REFUSALS;
    /// There is a second interrupt.
    pub const SECOND: u32 = protocol::SECOND;
    /// The interrupt is reported inactive where the device sleeps.
    pub const SOFT: u32 = protocol::SOFT;
    /// `EvtDeviceD0Exit` synchronizes.
    pub const SYNCHRONIZE_IN_EXIT: u32 = protocol::SYNCHRONIZE_IN_EXIT;
    /// Neither `EvtInterruptEnable` nor `EvtInterruptDisable` is asked for.
    pub const UNTOLD: u32 = protocol::UNTOLD;
    /// A work item follows, and no DPC.
    pub const WORK_ITEM: u32 = protocol::WORK_ITEM;
}

/// A machine with the guest, set up so, that is not started.
///
/// # Panics
///
/// Where no machine can be set up for the image.
#[must_use]
pub fn machine(config: &Config, bits: u32) -> Machine {
    let device: Box<dyn PciDevice> = Box::new(Edu::new());
    let mut machine = match Machine::new(config.clone(), &images::guest("beacon"), device) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    };
    machine.set_parameter(protocol::SETUP, bits);
    if bits & setup::PASSIVE != 0 {
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

/// The control code of an order.
#[must_use]
pub fn order(name: &str) -> u32 {
    protocol::order(name)
}

/// Gives an order, and returns what it answers.
///
/// # Errors
///
/// The failure that ended the run.
///
/// # Panics
///
/// Where the guest refuses, or answers with another length.
pub fn give(session: &mut Session, name: &str) -> Result<u32, Failure> {
    let completion = session.control(order(name), &[], 4)?;
    assert_eq!(completion.status, Status::SUCCESS, "{name}");
    let bytes = completion.output.try_into();
    Ok(u32::from_le_bytes(bytes.expect("an answer has four bytes")))
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
    session.report(order("report"), &protocol::NUMBERS)
}

/// Where the guest's source breaks a rule: `src/FILE:LINE` of the line below `breaks: NAME`.
///
/// # Panics
///
/// Where the source has no such comment, or more than one.
#[must_use]
pub fn line_that_breaks(name: &str) -> String {
    crate::offender::line_in("beacon", name)
}
