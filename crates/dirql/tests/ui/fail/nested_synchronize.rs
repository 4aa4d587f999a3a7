//! A closure under the lock cannot take the lock again: the token is lent out.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn nested(interrupt: &Interrupt<Count>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.synchronize(irql, |count| {
        let _ = interrupt.synchronize(irql, |count| count.0);
        count.0
    });
}

fn main() {
    let _ = nested;
}
