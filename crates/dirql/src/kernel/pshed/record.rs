//! A borrowed view of the record that the kernel makes of a hardware error.

use core::{fmt, marker::PhantomData, ptr::NonNull, slice};

use super::layout::{RecordHeader, SectionDescriptor};

/// `WHEA_ERROR_RECORD_SIGNATURE`, `CPER` as memory has it.
const SIGNATURE: u32 = u32::from_le_bytes(*b"CPER");
/// `WHEA_ERROR_RECORD_SIGNATURE_END`.
const SIGNATURE_END: u32 = u32::MAX;

/// `WHEA_ERROR_RECORD` in the hands of the kernel, for as long as a callback lasts.
///
/// # Invariants
///
/// The `length` bytes at `raw` are live, at least as many as a header has, and nothing writes them for
/// `'r`.
pub struct ErrorRecord<'r> {
    raw: NonNull<u8>,
    length: usize,
    _borrowed: PhantomData<&'r [u8]>,
    _not_send: PhantomData<*mut ()>,
}

/// One section of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'r> {
    /// `SectionType`: a GUID.
    pub kind: [u8; 16],
    /// `SectionSeverity`.
    pub severity: i32,
    /// Its bytes.
    pub bytes: &'r [u8],
}

/// Declares getters of fields of the header.
macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $type {
            let header = self.raw.as_ptr().cast::<RecordHeader>();
            // SAFETY: The header is live (the type's invariant), so its field may be named; no reference
            // is formed.
            let field = unsafe { &raw const (*header).$name };
            // SAFETY: The field is live and a number; it need not be aligned.
            unsafe { field.read_unaligned() }
        }
    )*};
}

impl ErrorRecord<'_> {
    /// The view of a record that the kernel has handed over, or none where it is no record, or one that is
    /// longer than its buffer.
    ///
    /// # Safety
    ///
    /// `raw` is null or leads to `length` live bytes that nothing writes for the lifetime of the result.
    pub(crate) unsafe fn new(raw: *mut u8, length: u32) -> Option<Self> {
        let raw = NonNull::new(raw)?;
        if (length as usize) < size_of::<RecordHeader>() {
            return None;
        }
        let mut view = Self {
            raw,
            length: length as usize,
            _borrowed: PhantomData,
            _not_send: PhantomData,
        };
        let said = view.length() as usize;
        let whole = view.signature() == SIGNATURE
            && view.signature_end() == SIGNATURE_END
            && (size_of::<RecordHeader>()..=view.length).contains(&said);
        view.length = said;
        whole.then_some(view)
    }

    getters! {
        /// `Signature`: the letters `CPER`.
        signature: u32;
        /// `Revision`.
        revision: u16;
        /// `SignatureEnd`: all ones.
        signature_end: u32;
        /// `SectionCount`.
        section_count: u16;
        /// `Severity`.
        severity: i32;
        /// `Length`: bytes of the record.
        length: u32;
        /// `Timestamp`.
        timestamp: u64;
        /// `CreatorId`: a GUID.
        creator: [u8; 16];
        /// `NotifyType`: a GUID.
        notify_type: [u8; 16];
        /// `RecordId`.
        record_id: u64;
        /// `Flags`.
        flags: u32;
    }

    /// The bytes of the record, header and all.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        // SAFETY: The bytes are live and nothing writes them (the type's invariant).
        unsafe { slice::from_raw_parts(self.raw.as_ptr(), self.length) }
    }

    /// The section with this number, where its descriptor and its bytes are inside the record.
    #[must_use]
    pub fn section(&self, number: u16) -> Option<Section<'_>> {
        const SIZE: usize = size_of::<SectionDescriptor>();
        if number >= self.section_count() {
            return None;
        }
        let at = size_of::<RecordHeader>() + SIZE * usize::from(number);
        let descriptor = self.as_bytes().get(at..at + SIZE)?;
        // SAFETY: The bytes are as many as the structure has; it is packed and made of numbers, so that
        // every bit pattern is a value and it need not be aligned.
        let descriptor = unsafe {
            descriptor
                .as_ptr()
                .cast::<SectionDescriptor>()
                .read_unaligned()
        };
        let start = descriptor.offset as usize;
        let end = start.checked_add(descriptor.length as usize)?;
        Some(Section {
            kind: descriptor.section_type,
            severity: descriptor.severity,
            bytes: self.as_bytes().get(start..end)?,
        })
    }
}

impl fmt::Debug for ErrorRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorRecord")
            .field("record_id", &self.record_id())
            .field("severity", &self.severity())
            .field("sections", &self.section_count())
            .finish_non_exhaustive()
    }
}
