//! A handler that queues a DPC has one.

use dirql::{Connection, Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        cx.queue_dpc::<Self>();
        Serviced::Claimed
    }
}

fn connect(irql: &mut Irql<'_, Passive>, to: Connection<'_>) -> bool {
    unsafe { Interrupt::connect(irql, to, Count(0)) }.is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(connect as fn(&mut Irql<'_, _>, Connection<'_>) -> _);
}
