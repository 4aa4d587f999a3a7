//! A closure that owns heap data would free it at the interrupt's IRQL.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn owns(interrupt: &Interrupt<Count>, irql: &mut Irql<'_, Passive>) -> u32 {
    let amounts = vec![1, 2, 3];
    interrupt
        .synchronize(irql, move |count| {
            count.0 += amounts[0];
            count.0
        })
        .unwrap()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(owns as fn(&_, &mut Irql<'_, _>) -> _);
}
