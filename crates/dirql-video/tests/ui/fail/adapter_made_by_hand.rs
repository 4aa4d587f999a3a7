//! An adapter is the head of a device extension, and nothing else makes one.

use dirql::Claimed;
use dirql_video::VideoAdapter;

fn misuse(state: Claimed<core::mem::MaybeUninit<u32>>) -> VideoAdapter<u32> {
    VideoAdapter {
        stage: Default::default(),
        interrupt: Default::default(),
        state,
    }
}

fn main() {
    let _ = misuse;
}
