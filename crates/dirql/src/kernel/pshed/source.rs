//! One error source, as something to synchronize with: for the time of a callback, or adopted beyond it.

use core::{error::Error, fmt, marker::PhantomData, ptr::NonNull};

use super::{SourceType, kind::Identity, layout::ErrorSourceDescriptor};

/// An error source that can be synchronized with, for `'d`: of a callback's descriptor, or adopted.
///
/// # Invariants
///
/// `raw` is the descriptor that PSHED handed over, itself and not a copy, live for `'d`; the plug-in is
/// registered. `identity` is what it said when it was handed over.
#[derive(Clone, Copy)]
pub struct Source<'d> {
    raw: NonNull<ErrorSourceDescriptor>,
    identity: Identity,
    _borrowed: PhantomData<&'d ErrorSourceDescriptor>,
    _not_send: PhantomData<*mut ()>,
}

impl Source<'_> {
    /// # Safety
    ///
    /// As the type's invariant says.
    pub(crate) const unsafe fn new(
        raw: NonNull<ErrorSourceDescriptor>,
        identity: Identity,
    ) -> Self {
        Self {
            raw,
            identity,
            _borrowed: PhantomData,
            _not_send: PhantomData,
        }
    }

    /// The descriptor, which is PSHED's own.
    pub(super) const fn descriptor(&self) -> NonNull<ErrorSourceDescriptor> {
        self.raw
    }

    /// `ErrorSourceId`.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.identity.id
    }

    /// `Type`.
    #[must_use]
    pub const fn kind(&self) -> SourceType {
        self.identity.kind
    }

    /// Whether raising IRQL is known to keep the handler of the source away.
    #[must_use]
    pub fn is_maskable(&self) -> bool {
        self.identity.is_maskable()
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

/// An error source that outlives the callback in which it was seen.
///
/// Made by [`Descriptor::adopt`](super::Descriptor::adopt), whose contract is the whole of its safety. It
/// lives in a [`Revocable`](crate::Revocable), which is revoked before the plug-in is unregistered. It is
/// the address alone: nothing here looks into the descriptor again.
///
/// # Invariants
///
/// What the caller of `adopt` promised holds, and the source can be masked.
pub struct AdoptedSource {
    raw: NonNull<ErrorSourceDescriptor>,
    identity: Identity,
}

// SAFETY: The address is handed to PSHED, from any thread, and what it leads to is not touched.
unsafe impl Send for AdoptedSource {}
// SAFETY: As above.
unsafe impl Sync for AdoptedSource {}

impl AdoptedSource {
    /// # Safety
    ///
    /// As the type's invariant says.
    pub(crate) const unsafe fn new(
        raw: NonNull<ErrorSourceDescriptor>,
        identity: Identity,
    ) -> Self {
        Self { raw, identity }
    }

    /// The source, for [`ErrorSource::synchronize`](super::ErrorSource::synchronize).
    #[must_use]
    pub const fn source(&self) -> Source<'_> {
        // SAFETY: The invariant of this type, for as long as it is borrowed.
        unsafe { Source::new(self.raw, self.identity) }
    }

    /// `ErrorSourceId`.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.identity.id
    }

    /// `Type`.
    #[must_use]
    pub const fn kind(&self) -> SourceType {
        self.identity.kind
    }
}

impl fmt::Debug for AdoptedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdoptedSource")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

/// A source was not adopted, because no IRQL is known to mask its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdoptError {
    /// The `ErrorSourceId` of the source.
    pub id: u32,
}

impl fmt::Display for AdoptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no IRQL is known to mask the handler of error source {}",
            self.id
        )
    }
}

impl Error for AdoptError {}
