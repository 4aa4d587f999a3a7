//! Opening the gate is a promise to close it in time, and says so.

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

fn open(interrupt: &FrameworkInterrupt<Count>, irql: &mut Irql<'_, Passive>) {
    let _ = interrupt.open(irql);
}

fn main() {}
