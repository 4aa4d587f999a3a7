//! A token belongs to its processor, and does not go to another thread.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn sent(interrupt: &Interrupt<Count>, irql: &mut Irql<'_, Passive>) {
    std::thread::scope(|scope| {
        scope.spawn(|| interrupt.synchronize(irql, |count| count.0).ok());
    });
}

fn main() {
    let _ = sent;
}
