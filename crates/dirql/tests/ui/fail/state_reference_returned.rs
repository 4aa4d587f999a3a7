//! A reference to the state does not come out of the lock.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn returned<'a>(
    interrupt: &'a Interrupt<Count>,
    irql: &mut Irql<'_, Passive>,
) -> &'a mut u32 {
    interrupt.synchronize(irql, |count| &mut count.0).unwrap()
}

fn main() {
    let _ = returned;
}
