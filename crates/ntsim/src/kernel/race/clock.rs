//! Vector clocks: how far each strand of execution is known to have come.

use crate::kernel::state::shared::Shared;

/// For each slot, the count up to which its strand's work is known. What is missing is 0. Copies share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock(Shared<Vec<u32>>);

impl Clock {
    pub(super) fn get(&self, slot: u16) -> u32 {
        self.0.get(usize::from(slot)).copied().unwrap_or(0)
    }

    pub(super) fn set(&mut self, slot: u16, count: u32) {
        let slot = usize::from(slot);
        if self.0.len() <= slot {
            self.0.resize(slot + 1, 0);
        }
        self.0[slot] = count;
    }

    /// Learns everything that `other` knows.
    pub(super) fn join(&mut self, other: &Self) {
        let (mine, theirs): (&[u32], &[u32]) = (&self.0, &other.0);
        // Most joins tell nothing new, and must not copy what is shared.
        let both = mine.len().min(theirs.len());
        // All of them are looked at, which is quicker than to stop at the first.
        let pairs = mine[..both].iter().zip(&theirs[..both]);
        let behind = pairs.filter(|(mine, theirs)| mine < theirs).count() != 0;
        if !behind && theirs[both..].iter().all(|count| *count == 0) {
            return;
        }
        let mine: &mut Vec<u32> = &mut self.0;
        if mine.len() < theirs.len() {
            mine.resize(theirs.len(), 0);
        }
        for (mine, theirs) in mine.iter_mut().zip(theirs) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// Knows what `other` knows and nothing else.
    pub(super) fn replace(&mut self, other: &Self) {
        self.0.clone_from(&other.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_takes_the_later_count_of_each_slot() {
        let (mut one, mut other) = (Clock::default(), Clock::default());
        one.set(0, 5);
        one.set(2, 1);
        other.set(0, 3);
        other.set(3, 7);
        one.join(&other);
        assert_eq!([0, 1, 2, 3, 4].map(|slot| one.get(slot)), [5, 0, 1, 7, 0]);
    }
}
