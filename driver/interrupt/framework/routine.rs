//! What the framework calls of the interrupt, as the adapter calls it.

use dirql::{
    Serviced,
    wdf::{FrameworkHandler, InterruptKind, ServiceContext},
};

use crate::shared::Shared;

static KIND: InterruptKind<Shared> = InterruptKind::new(c"Shared", &raw const KIND);

impl FrameworkHandler for Shared {
    const KIND: &'static InterruptKind<Self> = &KIND;

    fn service(&mut self, _: &ServiceContext<'_, Self>) -> Serviced {
        self.attend()
    }

    /// The device cannot be masked, and in D0 its registers answer: what it raises now is acknowledged and forgotten.
    fn service_disabled(&mut self) -> Serviced {
        self.attend()
    }

    fn disable(&mut self) -> Result<(), i32> {
        self.quiesce();
        Ok(())
    }
}
