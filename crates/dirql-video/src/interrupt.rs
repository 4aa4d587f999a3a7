//! `HwVidInterrupt`: what it may do besides serving the device.

use core::{ffi::c_void, marker::PhantomData};

use crate::{Miniport, callbacks, port};

/// What `HwVidInterrupt` may do besides serving the device.
///
/// It holds no IRQL token: a closure cannot be run from here.
pub struct InterruptContext<'isr, M: Miniport> {
    extension: *mut c_void,
    _activation: PhantomData<&'isr M>,
}

impl<M: Miniport> InterruptContext<'_, M> {
    /// # Safety
    ///
    /// The caller is `HwVidInterrupt` of the adapter with this extension.
    pub(crate) const unsafe fn new(extension: *mut c_void) -> Self {
        Self {
            extension,
            _activation: PhantomData,
        }
    }

    /// Has [`Miniport::dpc`] called soon; false where it is queued already.
    ///
    /// Wraps `VideoPortQueueDpc` (nf-video-videoportqueuedpc).
    pub fn queue_dpc(&self) -> bool {
        // SAFETY: The extension is the adapter's, IRQL is a device's and so above DISPATCH_LEVEL, the routine
        // is resident and expects no context (nf-video-videoportqueuedpc).
        unsafe { port::queue_dpc(self.extension, callbacks::dpc::<M>) }
    }
}

impl<M: Miniport> core::fmt::Debug for InterruptContext<'_, M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("InterruptContext").finish_non_exhaustive()
    }
}
