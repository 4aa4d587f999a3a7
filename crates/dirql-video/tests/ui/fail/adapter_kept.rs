//! An adapter is lent to a callback: kept, it would reach `HwVidInterrupt`, which is given none.

use std::sync::Mutex;

use dirql_video::VideoAdapter;

fn misuse(adapter: &VideoAdapter<u32>, kept: &Mutex<Option<&'static VideoAdapter<u32>>>) {
    *kept.lock().unwrap() = Some(adapter);
}

fn main() {
    let _ = misuse;
}
