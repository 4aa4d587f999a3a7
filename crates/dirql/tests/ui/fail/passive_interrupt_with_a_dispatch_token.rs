//! A passive-level interrupt waits, so a token that admits DISPATCH_LEVEL will not do.

use dirql::{InterruptHandler, Irql, Passive, PassiveInterrupt, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn raised(interrupt: &PassiveInterrupt<Count>, irql: &mut Irql<'_, Passive>) {
    irql.raise_to_dispatch(|irql| {
        let _ = interrupt.synchronize(irql, |count| count.0);
    });
}

fn main() {
    let _ = raised;
}
