//! The list of error sources while it is being discovered.

use core::{fmt, marker::PhantomData, ptr::NonNull};

use super::{Descriptor, layout::ErrorSourceDescriptor};

/// The bytes of one descriptor.
pub const DESCRIPTOR_SIZE: usize = size_of::<ErrorSourceDescriptor>();

/// The array of descriptors that PSHED lends to a discovery, with room at its end.
///
/// # Invariants
///
/// `room` bytes at `raw` are live and nothing else uses them for `'l`; the first `count` descriptors are
/// inside them.
pub struct SourceList<'l> {
    raw: NonNull<u8>,
    room: usize,
    count: usize,
    wanted: usize,
    _borrowed: PhantomData<&'l mut [u8]>,
    _not_send: PhantomData<*mut ()>,
}

impl SourceList<'_> {
    /// # Safety
    ///
    /// `raw` is null or leads to `room` live bytes that nothing else uses for the lifetime of the result.
    pub(crate) unsafe fn new(raw: *mut u8, room: u32, count: u32) -> Option<Self> {
        let raw = NonNull::new(raw)?;
        let (room, count) = (room as usize, count as usize);
        (count.checked_mul(DESCRIPTOR_SIZE)? <= room).then_some(Self {
            raw,
            room,
            count,
            wanted: count,
            _borrowed: PhantomData,
            _not_send: PhantomData,
        })
    }

    /// How many descriptors the list has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Descriptor<'_>> {
        if index >= self.count {
            return None;
        }
        // SAFETY: The descriptors of the list are inside the buffer (the type's invariant).
        let descriptor = unsafe { self.raw.add(index * DESCRIPTOR_SIZE) };
        // SAFETY: It is live, and nothing writes it while the list is borrowed.
        unsafe { Descriptor::new(descriptor.as_ptr().cast()) }
    }

    /// Adds a descriptor, and says whether there was room. Where there was none, PSHED is told how much
    /// all that were pushed need, if the discovery ends with
    /// [`Refusal::BufferTooSmall`](super::Refusal::BufferTooSmall).
    #[must_use]
    pub fn push(&mut self, descriptor: &[u8; DESCRIPTOR_SIZE]) -> bool {
        let at = self.wanted * DESCRIPTOR_SIZE;
        self.wanted += 1;
        if self.wanted != self.count + 1 || at + DESCRIPTOR_SIZE > self.room {
            return false;
        }
        // SAFETY: The range was found to be inside the buffer.
        let place = unsafe { self.raw.add(at) };
        // SAFETY: The place is live, one byte aligned as the type asks, and nothing else uses it.
        unsafe { place.cast::<[u8; DESCRIPTOR_SIZE]>().write(*descriptor) };
        self.count = self.wanted;
        true
    }

    /// Bytes that all need which were pushed.
    pub(crate) const fn wanted(&self) -> usize {
        self.wanted * DESCRIPTOR_SIZE
    }
}

impl fmt::Debug for SourceList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceList")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
