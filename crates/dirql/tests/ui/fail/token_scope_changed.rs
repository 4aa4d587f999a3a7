//! The scope of a token cannot be taken for a shorter or a longer one.

use dirql::{Irql, Passive};

fn shorter<'long: 'short, 'short>(irql: Irql<'long, Passive>) -> Irql<'short, Passive> {
    irql
}

fn longer<'long: 'short, 'short>(irql: Irql<'short, Passive>) -> Irql<'long, Passive> {
    irql
}

fn main() {
    let _ = shorter;
    let _ = longer;
}
