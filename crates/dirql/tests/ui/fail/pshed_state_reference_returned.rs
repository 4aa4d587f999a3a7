//! The state does not leave the closure.

use dirql::{Irql, Passive, pshed::{ErrorSource, Source}};

fn keep<'a>(state: &'a ErrorSource<u32>, source: Source<'_>, irql: &mut Irql<'_, Passive>) -> &'a mut u32 {
    state.synchronize(irql, source, |count| count).unwrap()
}

fn main() {
    let _ = keep;
}
