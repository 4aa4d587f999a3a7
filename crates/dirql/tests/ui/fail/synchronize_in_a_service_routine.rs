//! A service routine holds the lock, and has no token with which to ask for it.

use std::sync::{Arc, OnceLock};

use dirql::{Interrupt, InterruptHandler, ServiceContext, Serviced};

struct Own(Arc<OnceLock<Interrupt<Own>>>);

impl InterruptHandler for Own {
    fn service(&mut self, cx: &ServiceContext<'_>) -> Serviced {
        if let Some(interrupt) = self.0.get() {
            let _ = interrupt.synchronize(cx, |_| ());
        }
        Serviced::Claimed
    }
}

fn main() {}
