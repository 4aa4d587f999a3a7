//! Framework interrupts, as KMDF's published source has them (`FxInterrupt`; `interruptobject.cpp`,
//! `interruptobjectkm.cpp`, `fxinterruptapi.cpp`).
//!
//! A WDFINTERRUPT is a thing of the framework's around an interrupt object of NT's that comes and goes. It is made before
//! there is one, connected behind `EvtDeviceD0Entry` and disconnected before `EvtDeviceD0Exit`; its ISR is the framework's
//! own, which calls the driver's.
//!
//! What arrives before the connect has returned is none of the driver's, but on an edge-triggered line, whose edge does not come
//! again: the framework lets it through, and discards what comes once it has begun to disconnect.

mod create;
mod information;
mod passive;
mod power;
mod service;
mod synchronize;
mod way;

use crate::{
    kernel::state::frame::Holds,
    wdf::{
        Framework,
        state::{frame::WdfFrame, interrupt::Interrupt},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// The interrupt that a handle names.
    ///
    /// # Panics
    ///
    /// Where it names none, which [`Self::wdf_handle`] has refused before.
    fn interrupt(&self, handle: u64) -> &Interrupt {
        &self.wdf.interrupts[&handle]
    }

    fn interrupt_mut(&mut self, handle: u64) -> &mut Interrupt {
        self.wdf
            .interrupts
            .get_mut(&handle)
            .expect("an interrupt's handle names it")
    }
}
