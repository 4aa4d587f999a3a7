//! A closure on an interrupt cannot ask for the lock again by another interrupt that has it, too.

use dirql::{Irql, Passive, ServiceContext, Serviced, SharedInterrupt, SharingHandler};

struct Queue;

impl SharingHandler for Queue {
    type State = u32;

    fn service(&mut self, total: &mut u32, _: &ServiceContext<'_>) -> Serviced {
        *total += 1;
        Serviced::Claimed
    }
}

fn both(
    one: &SharedInterrupt<Queue>,
    other: &SharedInterrupt<Queue>,
    irql: &mut Irql<'_, Passive>,
) {
    let _ = one.synchronize(irql, |_, total| {
        let _ = other.synchronize(irql, |_, again| *again);
        *total
    });
}

fn main() {}
