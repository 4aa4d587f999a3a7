//! No callback of PSHED is at PASSIVE_LEVEL, so none can do what needs it.

use dirql::{Dispatch, Irql, Passive, pshed::{Descriptor, ErrorSourceControl, PshedPlugin, Refusal}};

fn waits(_: &mut Irql<'_, Passive>) {}

struct Waiter;

impl PshedPlugin for Waiter {}

impl ErrorSourceControl for Waiter {
    fn set_info(&self, irql: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
        waits(irql);
        Ok(())
    }
    fn enable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
        Ok(())
    }
    fn disable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

fn main() {}
