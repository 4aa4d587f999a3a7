//! A reference to the state cannot be put where the lock does not reach.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn captured(interrupt: &Interrupt<Count>, irql: &mut Irql<'_, Passive>) -> u32 {
    let mut kept = None;
    let _ = interrupt.synchronize(irql, |count| kept = Some(&mut count.0));
    kept.map_or(0, |count| *count)
}

fn main() {
    let _ = captured;
}
