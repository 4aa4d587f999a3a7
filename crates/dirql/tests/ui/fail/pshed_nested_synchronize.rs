//! A closure under the lock of an error source cannot take a lock: the token is lent out.

use dirql::{Irql, Passive, pshed::{ErrorSource, Source}};

fn nested(state: &ErrorSource<u32>, source: Source<'_>, irql: &mut Irql<'_, Passive>) {
    let _ = state.synchronize(irql, source, |count| {
        let _ = state.synchronize(irql, source, |count| *count);
        *count
    });
}

fn main() {
    let _ = nested;
}
