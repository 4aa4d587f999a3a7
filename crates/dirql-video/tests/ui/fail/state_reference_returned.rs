//! A closure cannot carry the state out.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let kept: Result<&mut u32, _> = witness.synchronize(irql, |state| state);
    let _ = kept;
}

fn main() {
    let _ = misuse;
}
