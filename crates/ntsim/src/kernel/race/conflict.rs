//! Conflicts: the memory by which strands can influence one another.
//!
//! It is more than what races: what a lock orders is accessed by several all the same, and in which order is what an
//! exploration is about.

use std::collections::HashMap;

use crate::kernel::state::plan::Conflicts;

/// What is looked for while a plan is carried out.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    found: Conflicts,
    /// Who has accessed a word in this run.
    seen: HashMap<u64, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The strand, by how many there were before it.
    strand: u32,
    /// More than one.
    several: bool,
    written: bool,
}

impl Watch {
    pub(super) fn new(found: Conflicts) -> Self {
        Self {
            found,
            seen: HashMap::new(),
        }
    }

    pub(super) fn access(&mut self, word: u64, strand: u32, write: bool) {
        let seen = self.seen.entry(word).or_insert(Seen {
            strand,
            several: false,
            written: false,
        });
        seen.several |= seen.strand != strand;
        seen.written |= write;
        if seen.several && seen.written {
            self.found.add(word);
        }
    }

    /// Whether a word is in conflict.
    pub(super) fn has(&self, word: u64) -> bool {
        self.found.has(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_in_conflict_once_two_have_accessed_it_and_one_has_written() {
        let found = Conflicts::default();
        let mut watch = Watch::new(found.clone());
        watch.access(8, 1, true);
        watch.access(8, 1, false);
        watch.access(16, 1, false);
        watch.access(16, 2, false);
        assert!(found.is_empty(), "one strand, and two that read");
        watch.access(8, 2, false);
        assert!(found.has(8) && !found.has(16));
        watch.access(16, 1, true);
        assert!(found.has(16));
    }
}
