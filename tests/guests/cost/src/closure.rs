//! Through dirql: the counter lives in the connection, and a closure adds to it.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

/// What the ISR and the loop share.
pub(crate) struct Counter(u64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(0)
    }
}

impl InterruptHandler for Counter {
    fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
        // The bench raises nothing: what comes is of another.
        Serviced::NotMine
    }
}

/// Adds `addend` to the counter; none where the closure did not run.
#[inline(never)]
pub(crate) fn add(
    interrupt: &Interrupt<Counter>,
    irql: &mut Irql<'_, Passive>,
    addend: u64,
) -> Option<u64> {
    interrupt
        .synchronize(irql, move |counter| {
            counter.0 = counter.0.wrapping_add(addend);
            counter.0
        })
        .ok()
}
