//! A handler owns nothing that a destructor frees, unless it says so.

use dirql::{
    Connection, HandlerBlock, Interrupt, InterruptHandler, Irql, Passive, PassiveInterrupt, PhysicalDevice,
    ServiceContext, Serviced, TranslatedInterrupt,
};

struct Log(Vec<u32>);

impl InterruptHandler for Log {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0.clear();
        Serviced::Claimed
    }
}

fn connect(irql: &mut Irql<'_, Passive>, to: Connection<'_>) -> bool {
    unsafe { Interrupt::connect(irql, to, Log(Vec::new())) }.is_ok()
}

fn connect_passive(
    irql: &mut Irql<'_, Passive>,
    to: PhysicalDevice<'_>,
    interrupt: TranslatedInterrupt,
) -> bool {
    unsafe { PassiveInterrupt::connect(irql, to, interrupt, Log(Vec::new())) }.is_ok()
}

fn in_place(irql: &mut Irql<'_, Passive>) -> bool {
    unsafe { HandlerBlock::<Log>::in_place(irql, |place| {
        place.write(Log(Vec::new()));
    }) }
    .is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the functions have to be.
    core::hint::black_box(connect as fn(&mut Irql<'_, _>, Connection<'_>) -> _);
    core::hint::black_box(connect_passive as fn(&mut Irql<'_, _>, PhysicalDevice<'_>, _) -> _);
    core::hint::black_box(in_place as fn(&mut Irql<'_, _>) -> _);
}
