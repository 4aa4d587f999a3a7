//! Shadow memory: for each word of the driver's memory, who accessed it last and how.
//!
//! As in the `FastTrack` algorithm, an access that is ordered before a newer one of at least its strength need not be
//! kept: what races with it and not with the newer one does not exist. Unlike there, each record
//! carries a mask of bytes, so that neighbours in a word are told apart.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::{
    guest::layout,
    kernel::{
        race::{clock::Clock, strand::Who},
        state::shared::Shared,
    },
};

/// One access, or several of one strand that nothing distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) slot: u16,
    pub(super) count: u32,
    /// The instruction, relative to the image.
    pub(super) rva: u32,
    pub(super) who: Who,
    /// The set of locks that were held.
    pub(super) locks: u32,
    /// The bytes of the word.
    pub(super) mask: u8,
    pub(super) write: bool,
    pub(super) atomic: bool,
    pub(super) cpu: u8,
    pub(super) irql: u8,
    /// When it was made, in instructions of the run.
    pub(super) at: u32,
}

impl Record {
    /// Whether the two could not both be left out: a conflict, were they not ordered.
    fn conflicts(&self, other: &Self) -> bool {
        self.mask & other.mask != 0 && (self.write || other.write) && !(self.atomic && other.atomic)
    }

    fn is_known(&self, clock: &Clock) -> bool {
        self.count <= clock.get(self.slot)
    }

    /// Whether everything that races with `older`, which is ordered before, races with this too.
    fn covers(&self, older: &Self) -> bool {
        older.mask & !self.mask == 0
            && (self.write || !older.write)
            && (older.atomic || !self.atomic)
    }

    fn repeats(&self, earlier: &Self) -> bool {
        earlier.slot == self.slot
            && earlier.count == self.count
            && self.mask & !earlier.mask == 0
            && (earlier.write || !self.write)
            && earlier.atomic == self.atomic
    }
}

/// A word of 8 bytes.
#[derive(Clone, Debug, Default)]
struct Word {
    /// The bytes that the driver declares atomic.
    atomic: u8,
    records: SmallVec<[Record; INLINE]>,
}

/// How many records a word keeps in its own memory: a copy of most words allocates nothing.
const INLINE: usize = 2;
/// How many records a word keeps; reads are forgotten beyond.
const RECORDS: usize = 32;
/// The words that copies of the machine share, or do not, together.
const WORDS: usize = 8;
/// The bytes that these words cover.
const BLOCK: u64 = 8 * WORDS as u64;

type Block = [Word; WORDS];

#[derive(Clone, Debug)]
struct Region {
    base: u64,
    blocks: Shared<Vec<Option<Rc<Block>>>>,
}

impl Region {
    fn new(base: u64) -> Self {
        Self {
            base,
            blocks: Shared::default(),
        }
    }

    fn place(&self, address: u64) -> (usize, usize) {
        let offset = address - self.base;
        ((offset / BLOCK) as usize, (offset % BLOCK / 8) as usize)
    }

    fn word(&mut self, address: u64) -> &mut Word {
        let (block, word) = self.place(address);
        let blocks: &mut Vec<_> = &mut self.blocks;
        if blocks.len() <= block {
            blocks.resize(block + 1, None);
        }
        let block =
            blocks[block].get_or_insert_with(|| Rc::new(std::array::from_fn(|_| Word::default())));
        &mut Rc::make_mut(block)[word]
    }

    /// The word, if there is anything to know of it.
    fn known_word(&self, address: u64) -> Option<&Word> {
        let (block, word) = self.place(address);
        Some(&self.blocks.get(block)?.as_ref()?[word])
    }
}

/// The shadow of everything that is watched.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    pool: Region,
    stacks: Region,
    image: Region,
}

/// The parts of an access by words: each word's address, and the mask of its bytes.
pub(super) fn words(address: u64, length: u64) -> impl Iterator<Item = (u64, u8)> {
    let end = address + length;
    (address & !7..end).step_by(8).map(move |word| {
        let from = address.max(word) - word;
        let to = end.min(word + 8) - word;
        let mask = (0xFF_u16 << from) & ((1_u16 << to) - 1);
        (word, mask as u8)
    })
}

impl Shadow {
    pub(super) fn new() -> Self {
        Self {
            pool: Region::new(layout::POOL_BASE),
            stacks: Region::new(layout::STACK_BASE),
            image: Region::new(layout::IMAGE_BASE),
        }
    }

    fn region(&self, address: u64) -> &Region {
        match address {
            layout::IMAGE_BASE.. => &self.image,
            layout::STACK_BASE.. => &self.stacks,
            _ => &self.pool,
        }
    }

    fn region_mut(&mut self, address: u64) -> &mut Region {
        match address {
            layout::IMAGE_BASE.. => &mut self.image,
            layout::STACK_BASE.. => &mut self.stacks,
            _ => &mut self.pool,
        }
    }

    /// Whether all of these bytes of a word are declared atomic.
    pub(super) fn is_atomic(&self, word: u64, mask: u8) -> bool {
        let known = self.region(word).known_word(word);
        known.is_some_and(|word| word.atomic & mask == mask)
    }

    /// Declares memory atomic.
    pub(super) fn declare(&mut self, address: u64, length: u64) {
        for (word, mask) in words(address, length) {
            self.region_mut(word).word(word).atomic |= mask;
        }
    }

    /// Declares bytes of a word atomic for all that was recorded of them as well; the slots of those that wrote them.
    pub(super) fn share(&mut self, word: u64, mask: u8) -> Vec<u16> {
        let word = self.region_mut(word).word(word);
        word.atomic |= mask;
        let mut writers = Vec::new();
        for record in &mut word.records {
            if record.mask & mask == 0 {
                continue;
            }
            // What reached beyond was no access to an index or a flag.
            record.atomic |= record.mask & !mask == 0;
            if record.write {
                writers.push(record.slot);
            }
        }
        writers
    }

    /// Forgets everything about memory that becomes something else.
    pub(super) fn clear(&mut self, address: u64, length: u64) {
        for (word, mask) in words(address, length) {
            let known = self.region(word).known_word(word);
            if known.is_none_or(|word| word.atomic & mask == 0 && word.records.is_empty()) {
                continue;
            }
            let word = self.region_mut(word).word(word);
            word.atomic &= !mask;
            for record in &mut word.records {
                record.mask &= !mask;
            }
            word.records.retain(|record| record.mask != 0);
        }
    }

    /// Records an access to a word by a strand that knows `clock`; the earlier access that it
    /// races with, if there is one.
    pub(super) fn record(&mut self, address: u64, new: Record, clock: &Clock) -> Option<Record> {
        let records = &mut self.region_mut(address).word(address).records;
        if records.iter().any(|earlier| new.repeats(earlier)) {
            return None;
        }
        let race = records
            .iter()
            .find(|earlier| new.conflicts(earlier) && !earlier.is_known(clock));
        if let Some(race) = race {
            return Some(*race);
        }
        records.retain(|earlier| !(earlier.is_known(clock) && new.covers(earlier)));
        if records.len() >= RECORDS {
            let read = records.iter().position(|record| !record.write);
            records.remove(read.unwrap_or(0));
        }
        records.push(new);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_has_its_bytes_in_each_word_that_it_touches() {
        let all: Vec<_> = words(0x1004, 4).collect();
        assert_eq!(all, [(0x1000, 0xF0)]);
        let all: Vec<_> = words(0x1006, 4).collect();
        assert_eq!(all, [(0x1000, 0xC0), (0x1008, 0x03)]);
        let all: Vec<_> = words(0x1001, 16).collect();
        assert_eq!(all, [(0x1000, 0xFE), (0x1008, 0xFF), (0x1010, 0x01)]);
    }

    fn access(slot: u16, count: u32, write: bool, atomic: bool, mask: u8) -> Record {
        Record {
            slot,
            count,
            rva: 0,
            who: Who::Isr,
            locks: 0,
            mask,
            write,
            atomic,
            cpu: 0,
            irql: 0,
            at: 0,
        }
    }

    fn clock(known: &[(u16, u32)]) -> Clock {
        let mut clock = Clock::default();
        for (slot, count) in known {
            clock.set(*slot, *count);
        }
        clock
    }

    const AT: u64 = layout::POOL_BASE + 0x40;

    #[test]
    fn two_writes_race_unless_the_second_knows_of_the_first() {
        let first = access(1, 3, true, false, 0xFF);
        let mut shadow = Shadow::new();
        assert_eq!(shadow.record(AT, first, &clock(&[(1, 3)])), None);
        let second = access(2, 1, true, false, 0x01);
        assert_eq!(
            shadow.record(AT, second, &clock(&[(1, 2), (2, 1)])),
            Some(first)
        );
        assert_eq!(shadow.record(AT, second, &clock(&[(1, 3), (2, 1)])), None);
    }

    #[test]
    fn reads_atomics_and_neighbours_do_not_race() {
        let strangers = |one: Record, other: Record| {
            let mut shadow = Shadow::new();
            shadow.record(AT, one, &Clock::default());
            shadow.record(AT, other, &Clock::default())
        };
        let read = |slot| access(slot, 1, false, false, 0xFF);
        assert_eq!(strangers(read(1), read(2)), None);
        let atomic = |slot, write| access(slot, 1, write, true, 0xFF);
        assert_eq!(strangers(atomic(1, true), atomic(2, true)), None);
        let half = |slot, mask| access(slot, 1, true, false, mask);
        assert_eq!(strangers(half(1, 0x0F), half(2, 0xF0)), None);
        assert!(strangers(atomic(1, true), read(2)).is_some());
        assert!(strangers(atomic(1, false), half(2, 0x80)).is_some());
    }

    #[test]
    fn an_atomic_access_does_not_hide_an_older_plain_one() {
        let mut shadow = Shadow::new();
        let plain = access(1, 1, true, false, 0xFF);
        shadow.record(AT, plain, &clock(&[(1, 1)]));
        let atomic = access(2, 1, true, true, 0xFF);
        assert_eq!(shadow.record(AT, atomic, &clock(&[(1, 1), (2, 1)])), None);
        let stranger = access(3, 1, false, true, 0xFF);
        assert_eq!(
            shadow.record(AT, stranger, &clock(&[(2, 1), (3, 1)])),
            Some(plain)
        );
    }

    #[test]
    fn memory_that_was_freed_is_forgotten() {
        let mut shadow = Shadow::new();
        shadow.declare(AT, 4);
        assert!(shadow.is_atomic(AT, 0x0F) && !shadow.is_atomic(AT, 0x1F));
        shadow.record(AT, access(1, 1, true, false, 0xFF), &Clock::default());
        shadow.clear(AT, 8);
        assert!(!shadow.is_atomic(AT, 0x01));
        let stranger = access(2, 1, true, false, 0xFF);
        assert_eq!(shadow.record(AT, stranger, &Clock::default()), None);
    }
}
