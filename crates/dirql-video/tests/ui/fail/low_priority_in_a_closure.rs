//! Nor can it at low priority.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let _ = witness.synchronize(irql, |_| adapter.run_low(irql, || ()));
}

fn main() {
    let _ = misuse;
}
