//! A closure that owns memory would free it at the interrupt's level.

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

fn count(interrupt: &FrameworkInterrupt<Count>, irql: &mut Irql<'_, Passive>, owned: Box<u32>) {
    let _ = interrupt.synchronize(irql, move |count| count.0 += *owned);
}

fn main() {
    let _ = count as fn(&FrameworkInterrupt<Count>, &mut Irql<'_, Passive>, Box<u32>);
}
