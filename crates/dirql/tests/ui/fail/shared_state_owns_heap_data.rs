//! A state that interrupts share owns no value with a destructor, unless its handler says so.

use dirql::{
    Connection, Passive, ServiceContext, Serviced, SharedInterrupt, SharedLock, SharingHandler,
    TranslatedInterrupt, enter, mock,
};

struct Queue;

impl SharingHandler for Queue {
    type State = Vec<u32>;

    fn service(&mut self, _: &mut Vec<u32>, _: &ServiceContext<'_>) -> Serviced {
        Serviced::Claimed
    }
}

fn main() {
    let device = mock::Device::with_line(9);
    let interrupt = TranslatedInterrupt::parse(&device.descriptor()).unwrap();
    let to = Connection::FullySpecified {
        device: device.physical_device(),
        interrupt,
    };
    unsafe {
        enter::<Passive, _>(|irql| {
            let lock = SharedLock::new(irql, &[interrupt], Vec::new()).unwrap();
            let _ = SharedInterrupt::connect(irql, to, &lock, Queue);
        })
    }
}
