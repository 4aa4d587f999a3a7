//! A request is the miniport's until `HwVidStartIO` returns.

use std::sync::Mutex;

use dirql_video::VideoRequest;

fn misuse(request: &VideoRequest<'_>, kept: &Mutex<Option<&'static [u8]>>) {
    *kept.lock().unwrap() = Some(request.input());
}

fn main() {
    let _ = misuse;
}
