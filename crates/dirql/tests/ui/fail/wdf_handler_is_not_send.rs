//! The routines of a framework interrupt run on any processor, so its handler is `Send`.

use std::rc::Rc;

use dirql::{
    Serviced,
    wdf::{FrameworkHandler, InterruptKind, ServiceContext},
};

struct Count(Rc<u32>);

static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);

impl FrameworkHandler for Count {
    const KIND: &'static InterruptKind<Self> = &COUNT;
    const PLAIN: bool = false;

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        if *self.0 == 0 {
            Serviced::NotMine
        } else {
            Serviced::Claimed
        }
    }
}

fn main() {}
