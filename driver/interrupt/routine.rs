//! The service routine, as the adapter of connections calls it.

use dirql::{InterruptHandler, ServiceContext, Serviced};

use crate::shared::Shared;

impl InterruptHandler for Shared {
    fn service(&mut self, _cx: &ServiceContext<'_>) -> Serviced {
        self.attend()
    }
}
