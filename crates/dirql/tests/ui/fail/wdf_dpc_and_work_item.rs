//! An interrupt has a DPC or a work item, and not both.

use dirql::{
    Dispatch, Irql, Passive, Serviced,
    wdf::{
        Config, DpcContext, DpcRoutine, FrameworkHandler, InterruptKind, ServiceContext,
        WorkItemContext, WorkItemRoutine,
    },
};

struct Count(u32);

static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);

impl FrameworkHandler for Count {
    const KIND: &'static InterruptKind<Self> = &COUNT;
    const DPC: Option<DpcRoutine<Self>> = Some(follow);
    const WORK_ITEM: Option<WorkItemRoutine<Self>> = Some(work);

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn follow(_: &DpcContext<'_, Count>, _: &mut Irql<'_, Dispatch>) {}

fn work(_: &WorkItemContext<'_, Count>, _: &mut Irql<'_, Passive>) {}

fn create(irql: &mut Irql<'_, Passive>) {
    let _ = unsafe { COUNT.create(irql, core::ptr::null_mut(), &Config::new()) };
}

fn main() {
    let _ = create as fn(&mut Irql<'_, Passive>);
}
