//! A witness does not outlive the callback in which the adapter is lent.

use dirql_video::{VideoAdapter, Witness};

fn misuse(adapter: &VideoAdapter<u32>, kept: &mut Option<Witness<'static, u32>>) {
    *kept = adapter.witness().ok();
}

fn main() {
    let _ = misuse;
}
