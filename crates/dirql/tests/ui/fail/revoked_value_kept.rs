//! A value that can be revoked is not kept beyond its access.

use dirql::{Irql, Passive, Revocable};

fn kept<'a>(place: &'a Revocable<String>, irql: &mut Irql<'_, Passive>) -> Option<&'a String> {
    place.access(irql, |value, _| value)
}

fn main() {
    let _ = kept;
}
