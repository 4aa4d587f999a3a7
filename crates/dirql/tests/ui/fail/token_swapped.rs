//! Two tokens cannot be exchanged, even at one level.

use dirql::{Dispatch, Irql};

fn exchanged<'a, 'b>(one: &mut Irql<'a, Dispatch>, two: &mut Irql<'b, Dispatch>) {
    core::mem::swap(one, two);
}

fn main() {
    let _ = exchanged;
}
