//! A handler lies in pool memory, which is aligned to 16 bytes.

use dirql::{Connection, Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

#[repr(align(64))]
struct Line([u8; 64]);

impl InterruptHandler for Line {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0[0] = 1;
        Serviced::Claimed
    }
}

fn connect(irql: &mut Irql<'_, Passive>, to: Connection<'_>) -> bool {
    unsafe { Interrupt::connect(irql, to, Line([0; 64])) }.is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(connect as fn(&mut Irql<'_, _>, Connection<'_>) -> _);
}
