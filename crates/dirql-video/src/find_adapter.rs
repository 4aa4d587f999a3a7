//! `HwVidFindAdapter`: what it is told about the adapter, and what it answers.

use core::{ffi::c_void, marker::PhantomData};

use crate::{Miniport, sys::ConfigInfo};

/// The two parts of an adapter that was found.
#[derive(Debug)]
pub struct Found<M: Miniport> {
    /// The resident part.
    pub miniport: M,
    /// What the service routine shares.
    pub state: M::State,
}

/// What `HwVidFindAdapter` is told, and may change, about the adapter.
///
/// # Invariants
///
/// `config` is live and at least [`CONFIG_INFO_LENGTH_MIN`](crate::sys::CONFIG_INFO_LENGTH_MIN) bytes long.
#[derive(Debug)]
pub struct Discovery<'call> {
    extension: *mut c_void,
    config: *mut ConfigInfo,
    _call: PhantomData<&'call mut ConfigInfo>,
}

impl Discovery<'_> {
    /// # Safety
    ///
    /// The extension is that of this call of `HwVidFindAdapter`, and so is the configuration, whose length was
    /// looked at.
    pub(crate) const unsafe fn new(extension: *mut c_void, config: *mut ConfigInfo) -> Self {
        Self {
            extension,
            config,
            _call: PhantomData,
        }
    }

    /// The device extension, for the routines of the port driver that ask for it. It is not to be looked into.
    #[must_use]
    pub const fn extension(&self) -> *mut c_void {
        self.extension
    }

    /// `BusInterruptLevel` and `BusInterruptVector`, as they are now.
    ///
    /// Both are the bus's own numbers, for a PCI adapter its interrupt line, say 11 and 11: neither is the IRQL at
    /// which the service routine runs, nor a vector of the system. What they tell is whether there is an interrupt
    /// (`ns-video-_video_port_config_info`).
    #[must_use]
    pub fn interrupt(&self) -> (u32, u32) {
        // SAFETY: The configuration is live and long enough, by the invariant.
        let level = unsafe { (*self.config).interrupt_level };
        // SAFETY: As above.
        let vector = unsafe { (*self.config).interrupt_vector };
        (level, vector)
    }

    /// Sets level and vector to 0, so that the port driver connects no interrupt.
    pub fn decline_interrupt(&mut self) {
        // SAFETY: The configuration is live and long enough, by the invariant.
        unsafe { (*self.config).interrupt_level = 0 };
        // SAFETY: As above.
        unsafe { (*self.config).interrupt_vector = 0 };
    }
}
