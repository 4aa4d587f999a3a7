//! One closure after another, from every level, with captures by reference.

use dirql::{InterruptHandler, Interrupt, Irql, Passive, PassiveInterrupt, Revocable, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn synchronize(
    interrupt: &Interrupt<Count>,
    passive: &PassiveInterrupt<Count>,
    place: &Revocable<Interrupt<Count>>,
    irql: &mut Irql<'_, Passive>,
) -> Vec<u32> {
    let amount = 3;
    let mut seen = Vec::new();
    interrupt.synchronize(irql, |count| count.0 += amount).unwrap();
    passive.synchronize(irql, |count| count.0 += amount).unwrap();
    irql.raise_to_dispatch(|irql| {
        seen.push(interrupt.synchronize(irql, |count| count.0).unwrap());
        place.access(irql, |interrupt, irql| interrupt.synchronize(irql, |count| count.0));
    });
    seen
}

fn main() {
    let _ = synchronize;
}
