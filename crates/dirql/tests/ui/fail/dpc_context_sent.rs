//! What a DPC is given belongs to its processor.

use dirql::{Dispatch, DpcContext, DpcRoutine, InterruptHandler, Irql, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn send(_: impl Send) {}

fn follow(cx: &DpcContext<'_, Count>, _irql: &mut Irql<'_, Dispatch>) {
    send(cx);
}

fn main() {}
