//! A disconnected interrupt is gone.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn after(interrupt: Interrupt<Count>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.disconnect(irql);
    let _ = interrupt.synchronize(irql, |count| count.0);
}

fn main() {
    let _ = after;
}
