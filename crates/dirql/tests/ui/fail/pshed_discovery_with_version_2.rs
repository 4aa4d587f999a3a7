//! A plug-in that can be unregistered takes no part in discovery.

use dirql::{Dispatch, Irql, Passive, pshed::{Areas, ErrorSourceDiscovery, PshedPlugin, Refusal, Registration, SourceList}};

struct Finder;

impl PshedPlugin for Finder {}

impl ErrorSourceDiscovery for Finder {
    fn discover(&self, _: &mut Irql<'_, Dispatch>, _: &mut SourceList<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

fn register(irql: &mut Irql<'_, Passive>) {
    let areas = Areas::none().with_discovery();
    // SAFETY: For the sake of the test.
    drop(unsafe { Registration::register(irql, Finder, &areas) });
}

fn main() {
    let _ = register;
}
