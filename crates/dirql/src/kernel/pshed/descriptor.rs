//! A borrowed view of an error source descriptor, as long as a callback lasts.

use core::{fmt, marker::PhantomData, ptr::NonNull};

use super::{
    AdoptError, AdoptedSource, Source, SourceInfo, SourceType, info, kind::Identity,
    layout::ErrorSourceDescriptor,
};

/// `WHEA_ERROR_SOURCE_DESCRIPTOR` in the hands of PSHED, for as long as a callback lasts.
///
/// The original is 972 packed bytes at any address. The getters read it where it lies, unaligned; the
/// view is neither copied out nor kept, because PSHED may tell sources apart by the address.
///
/// # Invariants
///
/// The descriptor is live and nothing writes it for `'d`.
pub struct Descriptor<'d> {
    raw: NonNull<ErrorSourceDescriptor>,
    identity: Identity,
    _borrowed: PhantomData<&'d ErrorSourceDescriptor>,
    _not_send: PhantomData<*mut ()>,
}

/// Reads a field of the descriptor.
macro_rules! field {
    ($self:ident.$field:ident) => {{
        // SAFETY: The descriptor is live (the type's invariant), so its field may be named; no reference
        // is formed.
        let field = unsafe { &raw const (*$self.raw.as_ptr()).$field };
        // SAFETY: The field is live, initialised, and every bit pattern is a number; it need not be
        // aligned.
        unsafe { field.read_unaligned() }
    }};
}

impl Descriptor<'_> {
    /// The view of a descriptor that PSHED has handed over, or none where it is too short to be one.
    ///
    /// # Safety
    ///
    /// `raw` is null or leads to a live descriptor that nothing writes for `'d`.
    pub(crate) unsafe fn new(raw: *mut ErrorSourceDescriptor) -> Option<Self> {
        let raw = NonNull::new(raw)?;
        let unidentified = Identity {
            id: 0,
            kind: SourceType(-1),
            tag: 0,
            notification: None,
        };
        let mut view = Self {
            raw,
            identity: unidentified,
            _borrowed: PhantomData,
            _not_send: PhantomData,
        };
        if (view.length() as usize) < size_of::<ErrorSourceDescriptor>() {
            return None;
        }
        let (tag, notification) = info::tag_and_notification(view.info_start());
        view.identity = Identity {
            id: field!(view.id),
            kind: SourceType(field!(view.kind)),
            tag,
            notification,
        };
        Some(view)
    }

    /// Where the information begins.
    fn info_start(&self) -> info::Start<'_> {
        // SAFETY: The descriptor is live, so its field may be named; no reference is formed.
        let start = unsafe { &raw const (*self.raw.as_ptr()).info };
        // SAFETY: The field is live and nothing writes it while this view is borrowed.
        unsafe { info::Start::new(start) }
    }

    /// `Length`: bytes of the descriptor.
    #[must_use]
    pub fn length(&self) -> u32 {
        field!(self.length)
    }

    /// `Version`: 10 or 11.
    #[must_use]
    pub fn version(&self) -> u32 {
        field!(self.version)
    }

    /// `Type`.
    #[must_use]
    pub const fn kind(&self) -> SourceType {
        self.identity.kind
    }

    /// `State`: stopped 1, started 2, removed 3, remove pending 4.
    #[must_use]
    pub fn state(&self) -> i32 {
        field!(self.state)
    }

    /// `MaxRawDataLength`: bytes of raw data in an error packet.
    #[must_use]
    pub fn max_raw_data_length(&self) -> u32 {
        field!(self.max_raw_data_length)
    }

    /// `NumRecordsToPreallocate`.
    #[must_use]
    pub fn records_to_preallocate(&self) -> u32 {
        field!(self.records_to_preallocate)
    }

    /// `MaxSectionsPerRecord`.
    #[must_use]
    pub fn max_sections_per_record(&self) -> u32 {
        field!(self.max_sections_per_record)
    }

    /// `ErrorSourceId`: what the system calls the source. Zero is no source's.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.identity.id
    }

    /// `PlatformErrorSourceId`: what the firmware calls it.
    #[must_use]
    pub fn platform_id(&self) -> u32 {
        field!(self.platform_id)
    }

    /// `Flags`.
    #[must_use]
    pub fn flags(&self) -> u32 {
        field!(self.flags)
    }

    /// What the descriptor says of a source of its type.
    #[must_use]
    pub fn info(&self) -> SourceInfo {
        info::read(self.info_start())
    }

    /// Whether raising IRQL is known to keep the handler of the source away.
    #[must_use]
    pub fn is_maskable(&self) -> bool {
        self.identity.is_maskable()
    }

    /// The source, for [`ErrorSource::synchronize`](super::ErrorSource::synchronize), for as long as the
    /// callback lasts.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        // SAFETY: The descriptor is the original that PSHED has handed over, and live for as long as this
        // view, which the result borrows.
        unsafe { Source::new(self.raw, self.identity) }
    }

    /// Keeps the source beyond the callback.
    ///
    /// # Safety
    ///
    /// As long as the result exists:
    ///
    /// - the descriptor stays where it is and describes the same source. No page says how long the
    ///   descriptor that a callback is given lives; that it does is for the author to know;
    /// - the system does not remove the source;
    /// - the plug-in is registered: the result is dropped, or taken out of its
    ///   [`Revocable`](crate::Revocable), before the plug-in is unregistered.
    ///
    /// # IRQL
    ///
    /// Any.
    ///
    /// # Errors
    ///
    /// [`AdoptError`] where no IRQL is known to mask the handler of the source.
    pub unsafe fn adopt(&self) -> Result<AdoptedSource, AdoptError> {
        if !self.is_maskable() {
            return Err(AdoptError { id: self.id() });
        }
        // SAFETY: As the caller promises; the pointer is the original.
        Ok(unsafe { AdoptedSource::new(self.raw, self.identity) })
    }
}

impl fmt::Debug for Descriptor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Descriptor")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}
