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

    /// The last moment at which the line is served: what the device has raised since it was silenced is forgotten here.
    fn disable(&mut self) -> Result<(), i32> {
        self.quiesce();
        Ok(())
    }
}
