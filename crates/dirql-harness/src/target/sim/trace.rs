//! The driver's events on standard error, as they are heard.

use ntsim::{Machine, TraceSession};

use crate::target::Fault;

/// Shows what the driver of a machine that has not started yet tells.
pub(super) fn show(machine: &mut Machine) -> Result<(), Fault> {
    anstream::eprintln!("events with the token {}:", machine.config().token());
    machine.tell(|event| anstream::eprintln!("{event}"));
    Ok(machine.listen(Some(TraceSession::ALL))?)
}
