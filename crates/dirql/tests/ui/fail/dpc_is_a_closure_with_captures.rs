//! A DPC runs on two processors at a time, so that it is a function and owns nothing.

use dirql::{DpcRoutine, InterruptHandler};

fn with<H: InterruptHandler>(mut runs: u32) -> DpcRoutine<H> {
    move |_, _| runs += 1
}

fn main() {
    let _ = with::<Never>;
}

enum Never {}

impl InterruptHandler for Never {
    fn service(&mut self, _cx: &dirql::ServiceContext<'_>) -> dirql::Serviced {
        dirql::Serviced::NotMine
    }
}
