//! A closure cannot close the gate, which would wait for the closure.

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

fn close(interrupt: &FrameworkInterrupt<Count>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.synchronize(irql, |count| {
        let _ = interrupt.close(irql);
        count.0
    });
}

fn main() {}
