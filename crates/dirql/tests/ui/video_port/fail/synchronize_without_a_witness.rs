//! Without the witness of an interrupt there is nothing to call.

use dirql::{Dispatch, Irql, video_port::VideoAdapter};

fn misuse(adapter: &VideoAdapter<u32>, irql: &mut Irql<'_, Dispatch>) {
    let _ = adapter.synchronize(irql, |state| *state += 1);
}

fn main() {
    let _ = misuse;
}
