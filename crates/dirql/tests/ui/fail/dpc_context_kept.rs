//! What a DPC is given ends with it: afterwards the interrupt may be gone.

use dirql::{Dispatch, DpcContext, DpcRoutine, InterruptHandler, Irql, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn keep(_: &'static DpcContext<'static, Count>) {}

fn follow(cx: &DpcContext<'_, Count>, _irql: &mut Irql<'_, Dispatch>) {
    keep(cx);
}

fn main() {}
