//! A handler that declares itself plain owns nothing that a destructor frees.

use dirql::{
    Connection, Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced,
};

struct Log(Vec<u32>);

impl InterruptHandler for Log {
    const PLAIN: bool = true;

    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0.clear();
        Serviced::Claimed
    }
}

fn connect(irql: &mut Irql<'_, Passive>, to: Connection<'_>) -> bool {
    unsafe { Interrupt::connect(irql, to, Log(Vec::new())) }.is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the function has to be.
    core::hint::black_box(connect as fn(&mut Irql<'_, _>, Connection<'_>) -> _);
}
