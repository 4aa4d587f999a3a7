//! A handler whose DPC is waited for has one.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn flush(irql: &mut Irql<'_, Passive>, interrupt: &Interrupt<Count>) -> bool {
    interrupt.flush_dpc(irql).is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(flush as fn(&mut Irql<'_, _>, &_) -> _);
}
