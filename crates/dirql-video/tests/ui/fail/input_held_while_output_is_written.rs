//! Input and output of a request may be the same memory.

use dirql_video::VideoRequest;

fn misuse(request: &mut VideoRequest<'_>) {
    let input = request.input();
    request.output().copy_from_slice(input);
}

fn main() {
    let _ = misuse;
}
