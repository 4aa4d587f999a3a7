//! A closure on the state cannot have another one run: the token is lent out.

use dirql::{Dispatch, Irql};
use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let witness = adapter.witness().unwrap();
    let _ = witness.synchronize(irql, |state| {
        let _ = witness.synchronize(irql, |state| *state);
        *state
    });
}

fn main() {
    let _ = misuse;
}
