//! An error source that is kept beyond the callback in which it was seen.

use core::{error::Error, fmt, ptr::NonNull};

use super::{Source, SourceType, kind::Identity, layout::ErrorSourceDescriptor};

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
