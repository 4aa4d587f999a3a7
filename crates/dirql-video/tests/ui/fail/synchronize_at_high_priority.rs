//! The routine may not call the port driver again at any priority.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let _ = adapter.run_high(irql, || witness.synchronize(irql, |state| *state));
}

fn main() {
    let _ = misuse;
}
