//! A source that is borrowed from a callback stays on its processor.

use dirql::pshed::Source;

fn send(source: Source<'_>) {
    std::thread::scope(|scope| {
        scope.spawn(move || source.id());
    });
}

fn main() {
    let _ = send;
}
