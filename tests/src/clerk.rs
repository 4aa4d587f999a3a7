//! How to talk to the guest `clerk`.

use ntsim::{Completion, Config, Failure, Machine, device::FwCfg};

use crate::{images, session::Session};

#[path = "../guests/clerk/src/protocol.rs"]
#[expect(
    dead_code,
    reason = "the file is the guest's own, and a client opens the simulated device without its GUID"
)]
mod protocol;

/// The bits of the guest's setup.
pub mod setup {
    use super::protocol;

    /// The ports are accessed in `EvtDeviceReleaseHardware`.
    pub const ASLEEP: u32 = protocol::ASLEEP;
    /// The port behind the last one of the resource is read.
    pub const BEYOND: u32 = protocol::BEYOND;
    /// The common buffer is deleted while the device is at work.
    pub const DELETE_EARLY: u32 = protocol::DELETE_EARLY;
    /// What is read goes to memory that is only read.
    pub const INTO_CONSTANT: u32 = protocol::INTO_CONSTANT;
    /// The buffer is looked at before the device has said that it is done.
    pub const LOOK_EARLY: u32 = protocol::LOOK_EARLY;
    /// The device is used without a lock.
    pub const NO_LOCK: u32 = protocol::NO_LOCK;
    /// The device is sent to an address that was never made for it.
    pub const NO_MEMORY: u32 = protocol::NO_MEMORY;
    /// The device is said to have failed.
    pub const SAY_FAILED: u32 = protocol::SAY_FAILED;
    /// The state is said by a value that is none.
    pub const SAY_NOTHING: u32 = protocol::SAY_NOTHING;
    /// The state is said by a structure of another size.
    pub const SAY_SHORT: u32 = protocol::SAY_SHORT;
    /// The structure is written behind the write that sets the device to work.
    pub const TOUCH: u32 = protocol::TOUCH;
    /// The data register is read by 16 bits.
    pub const WIDE: u32 = protocol::WIDE;
}

/// The control code of an order.
#[must_use]
pub fn code(name: &str) -> u32 {
    protocol::order(name)
}

/// Starts the guest, set up so, on a device, and opens it.
///
/// # Errors
///
/// The failure that ended the start.
///
/// # Panics
///
/// Where no machine can be set up for the image.
pub fn start(config: &Config, bits: u32, device: FwCfg) -> Result<Session, Failure> {
    let image = images::guest("clerk");
    let mut machine = match Machine::new(config.clone(), &image, Box::new(device)) {
        Ok(machine) => machine,
        Err(error) => panic!("{error}"),
    };
    machine.set_parameter(protocol::SETUP, bits);
    Session::begin(machine)
}

/// Gives an order, with an input, for so many bytes.
///
/// # Errors
///
/// The failure that ended the run.
pub fn order(
    session: &mut Session,
    name: &str,
    input: &[u8],
    length: usize,
) -> Result<Completion, Failure> {
    session.control(code(name), input, length)
}

/// Where the guest's source breaks a rule: `src/FILE:LINE` of the line below `breaks: NAME`.
///
/// # Panics
///
/// Where the source has no such comment, or more than one.
#[must_use]
pub fn line_that_breaks(name: &str) -> String {
    crate::offender::line_in("clerk", name)
}
