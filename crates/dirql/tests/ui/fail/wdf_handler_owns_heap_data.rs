//! A handler that owns memory says so: code under the lock could free it.

use dirql::{
    Serviced,
    wdf::{FrameworkHandler, InterruptKind, ServiceContext},
};

struct Count(Box<u32>);

static COUNT: InterruptKind<Count> = InterruptKind::new(c"Count", &raw const COUNT);

impl FrameworkHandler for Count {
    const KIND: &'static InterruptKind<Self> = &COUNT;

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        *self.0 += 1;
        Serviced::Claimed
    }
}

fn main() {}
