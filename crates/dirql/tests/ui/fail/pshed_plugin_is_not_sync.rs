//! Callbacks run on several processors at once, so that a plug-in is shared between threads.

use std::cell::Cell;

use dirql::pshed::PshedPlugin;

struct Local(Cell<u32>);

impl PshedPlugin for Local {}

fn main() {
    let _ = Local(Cell::new(0));
}
