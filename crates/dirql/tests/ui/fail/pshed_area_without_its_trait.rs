//! An area is listed only where its callbacks are there.

use dirql::pshed::{Areas, PshedPlugin};

struct Nothing;

impl PshedPlugin for Nothing {}

fn main() {
    let _ = Areas::<Nothing>::none().with_error_injection();
}
