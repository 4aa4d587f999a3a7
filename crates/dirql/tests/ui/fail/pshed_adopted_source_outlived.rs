//! A source of an adopted one ends with it.

use dirql::pshed::{AdoptedSource, Source};

fn outlive(adopted: AdoptedSource) -> Source<'static> {
    adopted.source()
}

fn main() {
    let _ = outlive;
}
