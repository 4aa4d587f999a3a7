//! A borrowed view of the packet in which a handler describes a hardware error.

use core::{fmt, marker::PhantomData, ptr::NonNull, slice};

use super::layout::ErrorPacket as Layout;

/// `WHEA_ERROR_PACKET_SIGNATURE` of version 2, `WHEA` as memory has it.
const SIGNATURE: u32 = u32::from_le_bytes(*b"WHEA");
/// `WHEA_ERROR_PACKET_V2_VERSION`.
const VERSION: u32 = 3;

/// The flags of an error packet, a bit each.
pub mod packet_flag {
    /// The error is of an earlier boot.
    pub const PREVIOUS_ERROR: u32 = 1;
    /// `CriticalEvent`.
    pub const CRITICAL_EVENT: u32 = 1 << 1;
    /// The error was not one of hardware: it was injected.
    pub const SIMULATED: u32 = 1 << 3;
}

/// `WHEA_ERROR_PACKET_V2`, of at least 80 bytes at any address, for as long as a callback lasts.
///
/// # Invariants
///
/// The `length` bytes at `raw` are live, at least as many as the layout has, and nothing else uses them
/// for `'p`.
pub struct ErrorPacket<'p> {
    raw: NonNull<Layout>,
    length: usize,
    _borrowed: PhantomData<&'p mut Layout>,
    _not_send: PhantomData<*mut ()>,
}

/// Declares getters of fields.
macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $type {
            // SAFETY: The packet is live (the type's invariant), so its field may be named; no reference
            // is formed.
            let field = unsafe { &raw const (*self.raw.as_ptr()).$name };
            // SAFETY: The field is live and a number; it need not be aligned.
            unsafe { field.read_unaligned() }
        }
    )*};
}

impl ErrorPacket<'_> {
    /// The view of a packet that PSHED has handed over, or none where it is no packet of version 2.
    ///
    /// # Safety
    ///
    /// `raw` is null or leads to `length` live bytes that nothing else uses for the lifetime of the result.
    pub(crate) unsafe fn new(raw: *mut Layout, length: u64) -> Option<Self> {
        let raw = NonNull::new(raw)?;
        let length = usize::try_from(length).ok()?;
        if length < size_of::<Layout>() {
            return None;
        }
        let view = Self {
            raw,
            length,
            _borrowed: PhantomData,
            _not_send: PhantomData,
        };
        (view.signature() == SIGNATURE && view.version() == VERSION).then_some(view)
    }

    getters! {
        /// `Signature`: the letters `WHEA`.
        signature: u32;
        /// `Version`: 3.
        version: u32;
        /// `Length`: bytes of the packet.
        length: u32;
        /// `Flags`: bits of [`packet_flag`].
        flags: u32;
        /// `ErrorType`: processor 0, memory 1, PCI Express 2, NMI 3 and so on.
        error_type: i32;
        /// `ErrorSeverity`: recoverable 0, fatal 1, corrected 2, informational 3.
        severity: i32;
        /// `ErrorSourceId`.
        source_id: u32;
        /// `ErrorSourceType`.
        source_type: i32;
        /// `NotifyType`: a GUID.
        notify_type: [u8; 16];
        /// `Context`.
        context: u64;
        /// `DataFormat`.
        data_format: i32;
        /// `DataOffset`.
        data_offset: u32;
        /// `DataLength`.
        data_length: u32;
        /// `PshedDataOffset`: where a plug-in adds what it knows.
        pshed_data_offset: u32;
        /// `PshedDataLength`: bytes that it has added.
        pshed_data_length: u32;
    }

    /// Bytes of the buffer, which may be more than [`length`](Self::length).
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.length
    }

    /// Changes the severity.
    pub fn set_severity(&mut self, severity: i32) {
        // SAFETY: The packet is live, so its field may be named; no reference is formed.
        let field = unsafe { &raw mut (*self.raw.as_ptr()).severity };
        // SAFETY: The field is live and this view has it alone; it need not be aligned.
        unsafe { field.write_unaligned(severity) };
    }

    /// Adds what the platform knows of the error, at `PshedDataOffset`, in place of what was added there.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] where the buffer ends before it; nothing has changed.
    pub fn set_pshed_data(&mut self, data: &[u8]) -> Result<(), DoesNotFit> {
        let start = self.pshed_data_offset() as usize;
        let end = start.checked_add(data.len()).ok_or(DoesNotFit)?;
        if start < size_of::<Layout>() || end > self.length {
            return Err(DoesNotFit);
        }
        let length = u32::try_from(data.len()).map_err(|_| DoesNotFit)?;
        // SAFETY: The buffer is live and the range was found to be inside it.
        let place = unsafe { self.raw.as_ptr().cast::<u8>().add(start) };
        // SAFETY: The place has that many bytes, which this view has alone.
        let place = unsafe { slice::from_raw_parts_mut(place, data.len()) };
        place.copy_from_slice(data);
        // SAFETY: The packet is live, so its field may be named; no reference is formed.
        let field = unsafe { &raw mut (*self.raw.as_ptr()).pshed_data_length };
        // SAFETY: The field is live and this view has it alone; it need not be aligned.
        unsafe { field.write_unaligned(length) };
        Ok(())
    }
}

impl fmt::Debug for ErrorPacket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorPacket")
            .field("source_id", &self.source_id())
            .field("severity", &self.severity())
            .finish_non_exhaustive()
    }
}

/// Data was not added, because it ends beyond the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoesNotFit;

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data ends beyond the packet's buffer")
    }
}

impl core::error::Error for DoesNotFit {}
