//! An interrupt that is handled at passive level has no DPC.

use dirql::{
    Dispatch, Irql, Passive, Serviced,
    wdf::{Config, DpcContext, DpcRoutine, FrameworkHandler, InterruptKind, ServiceContext},
};

struct Count(u32);

static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);

impl FrameworkHandler for Count {
    const KIND: &'static InterruptKind<Self> = &COUNT;
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn follow(_: &DpcContext<'_, Count>, _: &mut Irql<'_, Dispatch>) {}

fn create(irql: &mut Irql<'_, Passive>) {
    let _ = unsafe { COUNT.create_passive(irql, core::ptr::null_mut(), &Config::new()) };
}

fn main() {
    let _ = create as fn(&mut Irql<'_, Passive>);
}
