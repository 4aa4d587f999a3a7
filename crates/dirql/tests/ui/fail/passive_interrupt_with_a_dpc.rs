//! At `DISPATCH_LEVEL` nothing waits for the event of a passive-level interrupt, so its handler has no DPC.

use dirql::{
    DpcRoutine, HandlerBlock, InterruptHandler, Irql, Passive, PassiveInterrupt, PhysicalDevice, ServiceContext,
    Serviced, TranslatedInterrupt,
};

struct Count(u32);

impl InterruptHandler for Count {
    const DPC: Option<DpcRoutine<Self>> = Some(|_, _| ());

    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn connect(
    irql: &mut Irql<'_, Passive>,
    to: PhysicalDevice<'_>,
    interrupt: TranslatedInterrupt,
) -> bool {
    unsafe { PassiveInterrupt::connect(irql, to, interrupt, Count(0)) }.is_ok()
}

fn in_place(
    irql: &mut Irql<'_, Passive>,
    to: PhysicalDevice<'_>,
    interrupt: TranslatedInterrupt,
    block: HandlerBlock<Count>,
) -> bool {
    unsafe { PassiveInterrupt::connect_in_place(irql, to, interrupt, block) }.is_ok()
}

fn main() {
    // The assertion belongs to the code that is generated, so the functions have to be.
    core::hint::black_box(connect as fn(&mut Irql<'_, _>, PhysicalDevice<'_>, _) -> _);
    core::hint::black_box(in_place as fn(&mut Irql<'_, _>, PhysicalDevice<'_>, _, _) -> _);
}
