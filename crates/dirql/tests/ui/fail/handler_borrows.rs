//! NT keeps the handler until the disconnect, so it cannot borrow from the driver's stack.

use dirql::{InterruptHandler, ServiceContext, Serviced};

struct Borrows<'a>(&'a mut u32);

impl<'a> InterruptHandler for Borrows<'a> {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        *self.0 += 1;
        Serviced::Claimed
    }
}

fn main() {}
