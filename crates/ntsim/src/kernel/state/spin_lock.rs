//! Spin locks: who holds which, by the address of the lock.

use std::{collections::BTreeMap, ops::Range};

use super::shared::Shared;

/// Who holds a lock.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Held {
    pub(in crate::kernel) cpu: usize,
    /// The IRQL at which the lock is held.
    pub(in crate::kernel) level: u8,
    /// The driver's call that took it; none where the kernel took it to call an ISR.
    pub(in crate::kernel) taken_at: Option<u64>,
}

/// The spin locks that are held, and those in the driver's memory that are initialised.
#[derive(Clone, Default)]
pub(crate) struct SpinLocks {
    pub(in crate::kernel) held: BTreeMap<u64, Held>,
    /// With the call that initialised each.
    pub(in crate::kernel) initialised: Shared<BTreeMap<u64, Option<u64>>>,
}

impl SpinLocks {
    pub(crate) fn is_held(&self, lock: u64) -> bool {
        self.held.contains_key(&lock)
    }

    /// The locks that `cpu` holds.
    pub(crate) fn held_by(&self, cpu: usize) -> impl Iterator<Item = u64> {
        self.held
            .iter()
            .filter(move |(_, held)| held.cpu == cpu)
            .map(|(lock, _)| *lock)
    }

    /// The locks that `cpu` holds, with the IRQL of each.
    pub(crate) fn levels_held_by(&self, cpu: usize) -> impl Iterator<Item = (u64, u8)> {
        self.held
            .iter()
            .filter(move |(_, held)| held.cpu == cpu)
            .map(|(lock, held)| (*lock, held.level))
    }

    pub(in crate::kernel) fn is_held_by(&self, lock: u64, cpu: usize) -> bool {
        self.held.get(&lock).is_some_and(|held| held.cpu == cpu)
    }

    /// What was memory of locks is memory of something else, or of nothing.
    pub(crate) fn forget_memory(&mut self, memory: Range<u64>) {
        if memory.is_empty() {
            return;
        }
        let gone: Vec<u64> = self
            .initialised
            .range(memory)
            .map(|(lock, _)| *lock)
            .collect();
        for lock in gone {
            self.initialised.remove(&lock);
        }
    }
}

/// What became of an attempt to take a spin lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    Acquired,
    /// Another processor holds it.
    Busy,
}
