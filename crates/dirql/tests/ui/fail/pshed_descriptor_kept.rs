//! A descriptor is PSHED's, and lent for the time of a callback.

use std::sync::Mutex;

use dirql::{Dispatch, Irql, pshed::{Descriptor, ErrorSourceControl, PshedPlugin, Refusal, Source}};

struct Keeper(Mutex<Option<Source<'static>>>);

// SAFETY: For the sake of the test.
unsafe impl Send for Keeper {}
// SAFETY: As above.
unsafe impl Sync for Keeper {}

impl PshedPlugin for Keeper {}

impl ErrorSourceControl for Keeper {
    fn set_info(&self, _: &mut Irql<'_, Dispatch>, source: &Descriptor<'_>) -> Result<(), Refusal> {
        *self.0.lock().unwrap() = Some(source.source());
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
