//! A handler without a work item queues none.

use dirql::{
    Irql, Passive, Serviced,
    wdf::{Config, FrameworkHandler, InterruptKind, ServiceContext},
};

struct Count(u32);

static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);

impl FrameworkHandler for Count {
    const KIND: &'static InterruptKind<Self> = &COUNT;

    fn service(&mut self, cx: &ServiceContext<'_, Self>) -> Serviced {
        self.0 += 1;
        cx.queue_work_item();
        Serviced::Claimed
    }
}

fn create(irql: &mut Irql<'_, Passive>) {
    let _ = unsafe { COUNT.create(irql, core::ptr::null_mut(), &Config::new()) };
}

fn main() {
    let _ = create as fn(&mut Irql<'_, Passive>);
}
