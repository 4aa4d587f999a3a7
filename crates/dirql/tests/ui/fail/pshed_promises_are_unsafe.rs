//! What nothing can check is promised in an `unsafe` block: registering, adopting, callers at DISPATCH_LEVEL.

use dirql::{Irql, Passive, pshed::{Areas, Descriptor, ErrorSource, PshedPlugin, Registration, register_for_ever}};

struct Nothing;

impl PshedPlugin for Nothing {}

fn promise(irql: &mut Irql<'_, Passive>, source: &Descriptor<'_>, areas: &Areas<Nothing>) {
    let _ = Registration::register(irql, Nothing, areas);
    let _ = register_for_ever(irql, Nothing, areas);
    let _ = source.adopt();
    let _ = ErrorSource::new(7, 0_u32).with_callers_at_dispatch();
}

fn main() {
    let _ = promise;
}
