//! The service routine runs on any processor, so what belongs to one thread is no handler.

use std::rc::Rc;

use dirql::{InterruptHandler, ServiceContext, Serviced};

struct Local(Rc<u32>);

impl InterruptHandler for Local {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        if *self.0 == 0 { Serviced::NotMine } else { Serviced::Claimed }
    }
}

fn main() {}
