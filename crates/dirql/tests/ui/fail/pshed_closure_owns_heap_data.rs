//! What a closure owns would be freed at the IRQL of the handler.

use dirql::{Irql, Passive, pshed::{ErrorSource, Source}};

fn owns(state: &ErrorSource<u32>, source: Source<'_>, irql: &mut Irql<'_, Passive>) -> bool {
    let name = String::from("memory");
    state
        .synchronize(irql, source, move |count| *count == 7 && name.is_empty())
        .is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(owns as fn(&_, _, &mut Irql<'_, _>) -> _);
}
