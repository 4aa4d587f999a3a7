//! A token cannot be kept in a variable outside of its closure.

use dirql::{Irql, Passive, enter};

fn stored() {
    let mut kept: Option<&mut Irql<'_, Passive>> = None;
    unsafe {
        enter::<Passive, _>(|irql| kept = Some(irql));
    }
    drop(kept);
}

fn main() {
    stored();
}
