//! How to talk to the guest `sampler`.

use std::collections::BTreeMap;

use ntsim::{Completion, Config, Failure, Machine, device::Entropy};

use crate::{images, session::Session};

#[path = "../guests/sampler/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// The bits of the guest's setup.
pub mod setup {
    use super::protocol;

    /// The bus interface is used behind its last dereference.
    pub const CALL_LATE: u32 = protocol::CALL_LATE;
    /// A buffer is deleted while the device has it.
    pub const DELETE_EARLY: u32 = protocol::DELETE_EARLY;
    /// A buffer is deleted at `DISPATCH_LEVEL`.
    pub const DELETE_HIGH: u32 = protocol::DELETE_HIGH;
    /// The bus interface is not given back.
    pub const KEEP_INTERFACE: u32 = protocol::KEEP_INTERFACE;
    /// The device is sent to an address that was never made for it.
    pub const NO_MEMORY: u32 = protocol::NO_MEMORY;
    /// A chain is offered right before the interrupt is disabled.
    pub const OFFER_LATE: u32 = protocol::OFFER_LATE;
    /// `EvtInterruptDisable` leaves the device as it is.
    pub const STAY_LOUD: u32 = protocol::STAY_LOUD;
    /// The driver writes to the buffer while it is the device's.
    pub const TOUCH: u32 = protocol::TOUCH;
    /// The chain is one that the device may only read.
    pub const WRONG_WAY: u32 = protocol::WRONG_WAY;
}

/// The most bytes that a sample has.
pub const SAMPLE: usize = protocol::SAMPLE;

/// A machine with the guest, set up so, that is not started.
///
/// # Panics
///
/// Where no machine can be set up for the image.
#[must_use]
pub fn machine(config: &Config, bits: u32) -> Machine {
    let image = images::guest("sampler");
    let mut machine = match Machine::new(config.clone(), &image, Box::new(Entropy::new())) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    };
    machine.set_parameter(protocol::SETUP, bits);
    machine
}

/// Starts the guest, set up so, and opens its device.
///
/// # Errors
///
/// The failure that ended the start.
pub fn start(config: &Config, bits: u32) -> Result<Session, Failure> {
    Session::begin(machine(config, bits))
}

/// Asks for so many bytes.
///
/// # Errors
///
/// The failure that ended the run.
pub fn sample(session: &mut Session, length: usize) -> Result<Completion, Failure> {
    session.control(protocol::order("sample"), &[], length)
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

/// Where the guest's source breaks a rule: `src/FILE:LINE` of the line below `breaks: NAME`.
///
/// # Panics
///
/// Where the source has no such comment, or more than one.
#[must_use]
pub fn line_that_breaks(name: &str) -> String {
    crate::offender::line_in("sampler", name)
}
