//! The mapping of the device's register block into system space.

use core::ptr::NonNull;

use dirql::{Irql, Passive};
use wdk_sys::{
    PAGE_NOCACHE, PAGE_READWRITE, PHYSICAL_ADDRESS,
    ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace},
};

use crate::registers::{Registers, WINDOW};

/// A mapped register block.
///
/// # Invariants
///
/// `base` is what `MmMapIoSpaceEx` returned for [`WINDOW`] bytes and is unmapped by this value alone.
pub(crate) struct Mapping {
    base: NonNull<u32>,
}

// SAFETY: The mapping is one of system space, the same in every thread and on every processor.
unsafe impl Send for Mapping {}
// SAFETY: As above; a shared reference gives nothing but the address.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the register block at `start`, uncached; `None` where the system has no room for it.
    ///
    /// # Safety
    ///
    /// `start` is the translated address of a memory resource of this device, of at least [`WINDOW`]
    /// bytes, and stays so as long as the mapping.
    pub(crate) unsafe fn new(
        _irql: &mut Irql<'_, Passive>,
        start: PHYSICAL_ADDRESS,
    ) -> Option<Self> {
        // SAFETY: The token says at most DISPATCH_LEVEL, and the range is the device's
        // (nf-wdm-mmmapiospaceex).
        let base = unsafe { MmMapIoSpaceEx(start, WINDOW as u64, PAGE_READWRITE | PAGE_NOCACHE) };
        NonNull::new(base.cast()).map(|base| Self { base })
    }

    /// The registers in the mapping.
    ///
    /// # Safety
    ///
    /// No copy of the result is used after the mapping is gone.
    pub(crate) const unsafe fn registers(&self) -> Registers {
        // SAFETY: The mapping has `WINDOW` bytes, uncached, and the caller keeps it.
        unsafe { Registers::new(self.base) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: The base and the size are those of the mapping, which nothing uses any more, and the
        // driver drops mappings in callbacks at PASSIVE_LEVEL (nf-wdm-mmunmapiospace).
        unsafe { MmUnmapIoSpace(self.base.as_ptr().cast(), WINDOW as u64) };
    }
}
