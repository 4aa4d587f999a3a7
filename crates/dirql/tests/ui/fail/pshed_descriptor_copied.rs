//! PSHED may tell descriptors apart by the address, so a view of one is not copied.

use dirql::pshed::Descriptor;

fn copy<'a>(source: &Descriptor<'a>) -> Descriptor<'a> {
    *source
}

fn main() {
    let _ = copy;
}
