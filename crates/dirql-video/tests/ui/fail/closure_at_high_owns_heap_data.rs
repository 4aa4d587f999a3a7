//! A closure with a capture that has a destructor does not compile at any priority.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let amounts = vec![1_u32];
    let _ = adapter.run_high(irql, move || amounts[0]);
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(misuse as fn(&VideoAdapter<_>, &mut Irql<'_, _>));
}
