//! The shared state does not leave the lock.

use dirql::{Irql, Passive, ServiceContext, Serviced, SharedInterrupt, SharingHandler};

struct Queue;

impl SharingHandler for Queue {
    type State = u32;

    fn service(&mut self, total: &mut u32, _: &ServiceContext<'_>) -> Serviced {
        *total += 1;
        Serviced::Claimed
    }
}

fn keep(interrupt: &SharedInterrupt<Queue>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.synchronize(irql, |_, total| total);
}

fn main() {}
