//! While IRQL is raised, the token it was raised from is out of reach.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn lower(interrupt: &Interrupt<Count>, irql: &mut Irql<'_, Passive>) {
    irql.raise_to_dispatch(|_raised| {
        let _ = interrupt.synchronize(irql, |count| count.0);
    });
}

fn main() {
    let _ = lower;
}
