//! While a token says less, the token that says more is out of reach: there is one for each activation.

use dirql::{Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced};

struct Count(u32);

impl InterruptHandler for Count {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.0 += 1;
        Serviced::Claimed
    }
}

fn nested(interrupt: &Interrupt<Count>, irql: &mut Irql<'_, Passive>) {
    irql.as_dispatch(|lent| {
        let _ = interrupt.synchronize(lent, |_| {
            let _ = interrupt.synchronize(irql, |count| count.0);
        });
    });
}

fn main() {
    let _ = nested;
}
