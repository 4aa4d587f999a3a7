//! Nor can it leave the state behind in what it captures.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let mut kept: Option<&mut u32> = None;
    let _ = witness.synchronize(irql, |state| kept = Some(state));
    let _ = kept;
}

fn main() {
    let _ = misuse;
}
