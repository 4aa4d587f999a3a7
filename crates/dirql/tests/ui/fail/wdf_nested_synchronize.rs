//! A closure under the lock of a framework interrupt cannot ask for a lock again.

use dirql::{
    Irql, Passive, Serviced,
    wdf::{FrameworkHandler, FrameworkInterrupt, InterruptKind, ServiceContext},
};

struct Count(u32);

static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);

impl FrameworkHandler for Count {
    const KIND: &'static InterruptKind<Self> = &COUNT;

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn twice(interrupt: &FrameworkInterrupt<Count>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.synchronize(irql, |count| {
        let _ = interrupt.synchronize(irql, |again| again.0);
        count.0
    });
}

fn main() {}
