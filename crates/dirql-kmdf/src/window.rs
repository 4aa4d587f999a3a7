//! Mapped registers.

use core::ptr::NonNull;

use wdk_sys::{
    NTSTATUS, PAGE_NOCACHE, PAGE_READWRITE,
    ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace},
};

use crate::{hardware::Hardware, status};

/// A window of `LENGTH` bytes of registers of 32 bits, mapped until it is [unmapped](Self::unmap).
///
/// Where a register lies is checked when code is generated: a service routine has nothing to check, and no panic.
///
/// # Invariants
///
/// `LENGTH` bytes are mapped here, uncached, for reading and writing.
#[derive(Debug)]
pub struct Window<const LENGTH: usize>(NonNull<u32>);

// SAFETY: System space is the same in every thread, and the device orders the accesses.
unsafe impl<const LENGTH: usize> Send for Window<LENGTH> {}

impl<const LENGTH: usize> Window<LENGTH> {
    /// Maps the first `LENGTH` bytes of the device's window.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Safety
    ///
    /// The window is assigned to the device as long as it is mapped, and each register may be read and written whenever
    /// that is done.
    ///
    /// # Errors
    ///
    /// `STATUS_DEVICE_CONFIGURATION_ERROR`: the device's window is shorter. `STATUS_INSUFFICIENT_RESOURCES`: it cannot be
    /// mapped.
    pub unsafe fn map(hardware: &Hardware) -> Result<Self, NTSTATUS> {
        if (hardware.length as usize) < LENGTH {
            return Err(status::DEVICE_CONFIGURATION_ERROR);
        }
        // SAFETY: This function's contract (nf-wdm-mmmapiospaceex).
        let mapped = unsafe {
            MmMapIoSpaceEx(
                hardware.window,
                LENGTH as u64,
                PAGE_READWRITE | PAGE_NOCACHE,
            )
        };
        NonNull::new(mapped.cast())
            .map(Self)
            .ok_or(status::INSUFFICIENT_RESOURCES)
    }

    /// The register `AT` bytes from the start.
    fn register<const AT: usize>(&self) -> *mut u32 {
        const { assert!(AT.is_multiple_of(4) && AT + 4 <= LENGTH) };
        // SAFETY: The offset lies in the window, by the assertion.
        unsafe { self.0.as_ptr().byte_add(AT) }
    }

    /// Reads the register `AT` bytes from the start.
    #[must_use]
    pub fn read<const AT: usize>(&self) -> u32 {
        // SAFETY: The register is mapped, by the type's invariant, and may be read, by the contract of `map`.
        unsafe { self.register::<AT>().read_volatile() }
    }

    /// Writes the register `AT` bytes from the start. The write is posted: a read from the device waits for it.
    pub fn write<const AT: usize>(&self, value: u32) {
        // SAFETY: As in `read`.
        unsafe { self.register::<AT>().write_volatile(value) };
    }

    /// Unmaps it. A window that is dropped stays mapped: a service routine may own it, and may unmap nothing.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn unmap(self) {
        // SAFETY: Address and length are those of the mapping, and the window is used no more (nf-wdm-mmunmapiospace).
        unsafe { MmUnmapIoSpace(self.0.as_ptr().cast(), LENGTH as u64) };
    }
}
