//! Looking for conflicts while a plan is carried out.

use crate::kernel::{
    Kernel,
    race::{Races, shadow::words, strand::Strand},
    state::conflicts::Conflicts,
};

impl Races {
    /// The strand accesses a word.
    pub(super) fn note_access(&mut self, word: u64, strand: Strand, write: bool) {
        if let Some(watch) = &self.watch {
            watch.access(word, self.strands.get(strand).number, write);
        }
    }
}

impl<A> Kernel<A> {
    /// Looks for conflicts from here on, or no longer.
    pub(in crate::kernel) fn watch_conflicts(&mut self, found: Option<Conflicts>) {
        if let Some(races) = &mut self.races {
            if let Some(found) = &found {
                found.begin();
            }
            races.watch = found;
        }
    }

    /// Whether several strands have accessed some of these bytes, one of them by a write.
    pub(in crate::kernel) fn is_in_conflict(&self, address: u64, length: u64) -> bool {
        let watch = self.races.as_ref().and_then(|races| races.watch.as_ref());
        watch.is_some_and(|watch| words(address, length).any(|(word, _)| watch.has(word)))
    }
}
