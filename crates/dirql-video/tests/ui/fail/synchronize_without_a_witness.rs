//! Without the witness of an interrupt there is nothing to call.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let _ = adapter.synchronize(irql, |state| *state += 1);
}

fn main() {
    let _ = misuse;
}
