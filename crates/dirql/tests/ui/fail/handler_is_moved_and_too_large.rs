//! A handler of more than 512 bytes is not moved over a kernel stack, neither into its block nor out of it.

use dirql::{
    Connection, DisconnectError, HandlerBlock, Interrupt, InterruptHandler, Irql, Passive, PassiveInterrupt,
    PhysicalDevice, ServiceContext, Serviced, TranslatedInterrupt,
};

struct Large([u8; 513]);

impl InterruptHandler for Large {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0[0] = 1;
        Serviced::Claimed
    }
}

fn connect(irql: &mut Irql<'_, Passive>, to: Connection<'_>) -> bool {
    unsafe { Interrupt::connect(irql, to, Large([0; 513])) }.is_ok()
}

fn connect_passive(
    irql: &mut Irql<'_, Passive>,
    to: PhysicalDevice<'_>,
    interrupt: TranslatedInterrupt,
) -> bool {
    unsafe { PassiveInterrupt::connect(irql, to, interrupt, Large([0; 513])) }.is_ok()
}

fn disconnect(irql: &mut Irql<'_, Passive>, interrupt: Interrupt<Large>) -> bool {
    interrupt.disconnect(irql).is_ok()
}

fn disconnect_passive(irql: &mut Irql<'_, Passive>, interrupt: PassiveInterrupt<Large>) -> bool {
    interrupt.disconnect(irql).is_ok()
}

fn put_in(irql: &mut Irql<'_, Passive>) -> bool {
    HandlerBlock::new(irql, Large([0; 513])).is_ok()
}

fn take_out(irql: &mut Irql<'_, Passive>, block: HandlerBlock<Large>) -> u8 {
    block.into_handler(irql).0[0]
}

// In place it compiles.
fn in_place(
    irql: &mut Irql<'_, Passive>,
    to: Connection<'_>,
    block: HandlerBlock<Large>,
) -> Result<HandlerBlock<Large>, DisconnectError<Interrupt<Large>>> {
    let interrupt = unsafe { Interrupt::connect_in_place(irql, to, block) };
    interrupt.expect("connected").disconnect_in_place(irql)
}

fn main() {
    // The assertion belongs to the code that is generated, so the functions have to be.
    core::hint::black_box(connect as fn(&mut Irql<'_, _>, Connection<'_>) -> _);
    core::hint::black_box(connect_passive as fn(&mut Irql<'_, _>, PhysicalDevice<'_>, _) -> _);
    core::hint::black_box(disconnect as fn(&mut Irql<'_, _>, _) -> _);
    core::hint::black_box(disconnect_passive as fn(&mut Irql<'_, _>, _) -> _);
    core::hint::black_box(put_in as fn(&mut Irql<'_, _>) -> _);
    core::hint::black_box(take_out as fn(&mut Irql<'_, _>, _) -> _);
    core::hint::black_box(in_place as fn(&mut Irql<'_, _>, Connection<'_>, _) -> _);
}
