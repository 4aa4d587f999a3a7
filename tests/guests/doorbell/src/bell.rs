//! What is behind the lock: the chime, the rings and the reader that waits for one.

use wdk_sys::WDFREQUEST;

use crate::protocol::{CHIME_MAX, COUNT_LEN};

/// What readers are told.
#[derive(Clone, Copy)]
pub(crate) struct Chime {
    bytes: [u8; CHIME_MAX],
    len: usize,
}

impl Chime {
    /// `None` for a length that a chime does not have.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let mut chime = Self {
            bytes: [0; CHIME_MAX],
            len: bytes.len(),
        };
        if bytes.is_empty() {
            return None;
        }
        chime.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(chime)
    }

    /// Copies what fits; the number of bytes.
    pub(crate) fn copy_to(&self, target: &mut [u8]) -> usize {
        let fits = self.bytes.iter().take(self.len);
        let mut copied = 0;
        for (to, from) in target.iter_mut().zip(fits) {
            *to = *from;
            copied += 1;
        }
        copied
    }
}

/// The state of the bell.
pub(crate) struct Bell {
    chime: Chime,
    /// The reader that waits, marked cancelable: what takes it from here completes it, unless
    /// the framework says that it is being cancelled.
    pub(crate) reader: Option<WDFREQUEST>,
    rings: u32,
    unheard: u32,
    answered: u32,
    cancelled: u32,
}

// SAFETY: A request's handle may be used on any thread (WDF objects have no thread affinity).
unsafe impl Send for Bell {}

impl Bell {
    /// Before anybody set a chime.
    pub(crate) const fn new() -> Self {
        let mut bytes = [0; CHIME_MAX];
        let ding = *b"ding";
        let (head, _) = bytes.split_at_mut(ding.len());
        head.copy_from_slice(&ding);
        Self {
            chime: Chime {
                bytes,
                len: ding.len(),
            },
            reader: None,
            rings: 0,
            unheard: 0,
            answered: 0,
            cancelled: 0,
        }
    }

    /// Replaces the chime.
    pub(crate) fn set_chime(&mut self, chime: Chime) {
        self.chime = chime;
    }

    /// One more ring, unheard so far.
    pub(crate) fn ring(&mut self) {
        self.rings = self.rings.wrapping_add(1);
        self.unheard = self.unheard.saturating_add(1);
    }

    /// Whether a read would be answered at once.
    pub(crate) fn has_rung(&self) -> bool {
        self.unheard != 0
    }

    /// A reader hears all rings so far; what it is told.
    pub(crate) fn hear(&mut self) -> Chime {
        self.unheard = 0;
        self.answered = self.answered.wrapping_add(1);
        self.chime
    }

    /// A reader went away.
    pub(crate) fn give_up(&mut self) {
        self.cancelled = self.cancelled.wrapping_add(1);
    }

    /// The counters as a client gets them.
    pub(crate) fn counts(&self) -> [u8; COUNT_LEN] {
        let mut out = [0; COUNT_LEN];
        let counts = [self.rings, self.answered, self.cancelled, self.unheard];
        for (slot, count) in out.chunks_exact_mut(4).zip(counts) {
            slot.copy_from_slice(&count.to_le_bytes());
        }
        out
    }
}
