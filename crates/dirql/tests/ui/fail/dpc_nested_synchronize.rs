//! A closure under the lock cannot ask for the lock again, in a DPC either.

use dirql::{Dispatch, DpcContext, DpcRoutine, InterruptHandler, Irql, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn follow(cx: &DpcContext<'_, Count>, irql: &mut Irql<'_, Dispatch>) {
    let _ = cx.synchronize(irql, |count| {
        let _ = cx.synchronize(irql, |again| again.0);
        count.0
    });
}

fn main() {}
