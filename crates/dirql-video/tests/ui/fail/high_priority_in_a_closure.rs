//! Nor at high priority.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let _ = witness.synchronize(irql, |_| adapter.run_high(irql, || ()));
}

fn main() {
    let _ = misuse;
}
