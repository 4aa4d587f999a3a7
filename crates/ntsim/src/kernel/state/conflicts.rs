//! Conflicts: the memory by which strands can influence one another.
//!
//! It is more than what races: what a lock orders is accessed by several all the same, and in which order is what an
//! exploration is about.

use std::{cell::RefCell, rc::Rc};

use rustc_hash::{FxHashMap, FxHashSet};

/// The words of memory that more than one strand has accessed, one of them by a write, in any of the schedules that were
/// run.
///
/// Copies are the same set: it belongs to an exploration, and no machine goes back behind it.
#[derive(Clone, Debug, Default)]
pub struct Conflicts(Rc<RefCell<Words>>);

#[derive(Debug, Default)]
struct Words {
    found: FxHashSet<u64>,
    /// What has accessed a word in the schedule that is run; kept for its memory.
    seen: FxHashMap<u64, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The strand, by how many there were before it.
    strand: u32,
    /// More than one.
    several: bool,
    written: bool,
}

impl Conflicts {
    /// The set of these words.
    #[must_use]
    pub fn of(words: &[u64]) -> Self {
        let found = Self::default();
        found.0.borrow_mut().found.extend(words);
        found
    }

    /// The words, in the order of their addresses.
    #[must_use]
    pub fn words(&self) -> Vec<u64> {
        let mut words: Vec<u64> = self.0.borrow().found.iter().copied().collect();
        words.sort_unstable();
        words
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.borrow().found.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A schedule begins.
    pub(in crate::kernel) fn begin(&self) {
        self.0.borrow_mut().seen.clear();
    }

    /// A strand accesses a word.
    pub(in crate::kernel) fn access(&self, word: u64, strand: u32, write: bool) {
        let words = &mut *self.0.borrow_mut();
        let seen = words.seen.entry(word).or_insert(Seen {
            strand,
            several: false,
            written: false,
        });
        let before = seen.several && seen.written;
        seen.several |= seen.strand != strand;
        seen.written |= write;
        if seen.several && seen.written && !before {
            words.found.insert(word);
        }
    }

    /// Whether a word is in conflict.
    pub(in crate::kernel) fn has(&self, word: u64) -> bool {
        self.0.borrow().found.contains(&word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_in_conflict_once_two_have_accessed_it_and_one_has_written() {
        let found = Conflicts::default();
        found.access(8, 1, true);
        found.access(8, 1, false);
        found.access(16, 1, false);
        found.access(16, 2, false);
        assert!(found.is_empty(), "one strand, and two that read");
        found.access(8, 2, false);
        assert!(found.has(8) && !found.has(16));
        found.access(16, 1, true);
        assert!(found.has(16));
    }

    #[test]
    fn what_one_schedule_has_accessed_is_nothing_to_the_next() {
        let found = Conflicts::default();
        found.access(8, 1, true);
        found.access(16, 1, true);
        found.access(16, 2, true);
        found.begin();
        found.access(8, 2, true);
        assert!(!found.has(8), "one strand in each");
        assert!(found.has(16), "what was found stays");
    }
}
