//! A closure with a capture that has a destructor would run it at the IRQL of the interrupt.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let amounts = vec![1];
    let _ = witness.synchronize(irql, move |state| *state += amounts[0]);
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(misuse as fn(&VideoAdapter<_>, &mut Irql<'_, _>));
}
