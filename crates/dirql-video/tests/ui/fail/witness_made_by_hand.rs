//! A witness comes from the adapter, which knows whether an interrupt is connected.

use dirql_video::{VideoAdapter, Witness};

fn misuse(adapter: &VideoAdapter<u32>) -> Witness<'_, u32> {
    Witness { adapter }
}

fn main() {
    let _ = misuse;
}
