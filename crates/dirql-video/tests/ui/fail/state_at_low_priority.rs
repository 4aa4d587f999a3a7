//! Low priority excludes nothing, so there is no state.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let _ = adapter.run_low(irql, |state: &mut u32| *state += 1);
}

fn main() {
    let _ = misuse;
}
