//! The adapter's registers behind a typed window.

use core::{ffi::c_void, ptr::NonNull};

use dirql_video::{Discovery, VpStatus, sys};

/// What the identification register holds: the letters `DQVP` and version 1.
pub(crate) const IDENTIFICATION: u32 = 0xD1E0_0001;

/// The length of the window, in bytes.
const WINDOW: u32 = 0x1000;

/// A register by its place in the window, in words.
#[derive(Clone, Copy)]
enum Register {
    Identification = 0,
    Pending = 1,
    Raise = 2,
    Acknowledge = 3,
}

/// The mapped window.
///
/// # Invariants
///
/// `base` is mapped for [`WINDOW`] bytes of an adapter, until the port driver removes that. The value does not
/// leave the device extension.
pub(crate) struct Registers {
    base: NonNull<u32>,
}

// SAFETY: The registers are reached from any processor, one word an access.
unsafe impl Send for Registers {}
// SAFETY: As above: no access changes anything in this value.
unsafe impl Sync for Registers {}

impl Registers {
    /// Claims and maps the adapter's window, if it is this adapter's.
    pub(crate) fn find(discovery: &Discovery<'_>) -> Result<Self, VpStatus> {
        let extension = discovery.extension();
        let mut range = sys::AccessRange::default();
        // SAFETY: This is HwVidFindAdapter with its extension; one range is asked for and there is room for
        // it (nf-video-videoportgetaccessranges).
        let status = unsafe {
            sys::video_port_get_access_ranges(
                extension,
                0,
                core::ptr::null_mut(),
                1,
                &raw mut range,
                core::ptr::null_mut(),
                core::ptr::null_mut(),
                core::ptr::null_mut(),
            )
        };
        if status != VpStatus::NO_ERROR.0 {
            return Err(VpStatus(status));
        }
        if range.length < WINDOW || range.in_io_space != 0 {
            return Err(VpStatus::DEV_NOT_EXIST);
        }
        // SAFETY: This is HwVidFindAdapter, and the range was claimed just now
        // (nf-video-videoportgetdevicebase).
        let base = unsafe { sys::video_port_get_device_base(extension, range.start, WINDOW, 0) };
        let base = NonNull::new(base.cast::<u32>()).ok_or(VpStatus::NOT_ENOUGH_MEMORY)?;
        let registers = Self { base };
        if registers.identification() == IDENTIFICATION {
            return Ok(registers);
        }
        registers.unmap(extension);
        Err(VpStatus::DEV_NOT_EXIST)
    }

    /// Gives the window back where the adapter is another one's.
    fn unmap(self, extension: *mut c_void) {
        // SAFETY: The window was mapped for this extension and is not used again
        // (nf-video-videoportfreedevicebase).
        unsafe { sys::video_port_free_device_base(extension, self.base.as_ptr().cast()) };
    }

    /// What the adapter is.
    pub(crate) fn identification(&self) -> u32 {
        self.read(Register::Identification)
    }

    /// The causes that are pending; all ones where the adapter is gone.
    #[inline]
    pub(crate) fn pending(&self) -> u32 {
        self.read(Register::Pending)
    }

    /// Raises causes, and waits until the device has: a write is posted.
    #[inline]
    pub(crate) fn raise(&self, causes: u32) {
        self.write(Register::Raise, causes);
        let _ = self.pending();
    }

    /// Dismisses causes.
    #[inline]
    pub(crate) fn acknowledge(&self, causes: u32) {
        self.write(Register::Acknowledge, causes);
    }

    fn address(&self, register: Register) -> *mut u32 {
        self.base.as_ptr().wrapping_add(register as usize)
    }

    fn read(&self, register: Register) -> u32 {
        // SAFETY: The register lies in the window, which is mapped
        // (nf-video-videoportreadregisterulong).
        unsafe { sys::video_port_read_register_ulong(self.address(register)) }
    }

    fn write(&self, register: Register, value: u32) {
        // SAFETY: The register lies in the window, which is mapped
        // (nf-video-videoportwriteregisterulong).
        unsafe { sys::video_port_write_register_ulong(self.address(register), value) };
    }
}
