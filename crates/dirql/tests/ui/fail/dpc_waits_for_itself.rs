//! A flush waits for the DPC, and so a DPC cannot flush, nor disconnect: its token is not one of `PASSIVE_LEVEL`.

use dirql::{Dispatch, DpcContext, DpcRoutine, Interrupt, InterruptHandler, Irql, ServiceContext, Serviced};

struct Count {
    interrupt: Option<&'static Interrupt<Self>>,
}

impl InterruptHandler for Count {
    const DPC: Option<DpcRoutine<Self>> = Some(follow);

    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        cx.queue_dpc::<Self>();
        Serviced::Claimed
    }
}

fn follow(cx: &DpcContext<'_, Count>, irql: &mut Irql<'_, Dispatch>) {
    if let Ok(Some(interrupt)) = cx.synchronize(irql, |count| count.interrupt.take()) {
        let _ = interrupt.flush_dpc(irql);
    }
}

fn main() {}
