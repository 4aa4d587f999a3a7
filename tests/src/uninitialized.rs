//! Runs that differ in nothing but what uninitialized memory holds.

use ntsim::{Config, Failure, Image};

use crate::session::{Device, Session};

/// Runs `body` on a started device and removes it, twice: the second time stacks and uninitialized pool hold other bytes, and
/// what comes out of the driver is compared with the first.
///
/// # Errors
///
/// The failure that ended one of the runs.
///
/// # Panics
///
/// Where the first run kept nothing.
pub fn twice(
    config: &Config,
    image: &Image,
    device: Device,
    mut body: impl FnMut(&mut Session) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut first = Session::make(config, image, device);
    let uses = first.record();
    let mut run = |machine| {
        let mut session = Session::begin(machine)?;
        body(&mut session)?;
        session.remove().map(drop)
    };
    run(first)?;
    assert!(!uses.is_empty(), "a driver does something");
    let mut second = Session::make(config, image, device);
    second.compare(&uses);
    run(second)
}
