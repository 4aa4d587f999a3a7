//! Strands: the activations as the race detector counts them.
//!
//! A vector clock has a slot for each strand, and a machine that takes a million interrupts has a
//! million strands. So a slot is used again once its strand has ended. A new strand that knows all
//! of the old one's work takes the slot and nothing is lost; where no slot is such a one, the table
//! grows, and at its bound the strand that ended first gives its slot up: a race with what that one
//! did is then not seen.

use std::fmt;

use crate::kernel::race::clock::Clock;

/// How many slots there are before one is given up that is not known to everybody.
const SLOTS: usize = 160;

/// Whose work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// What asks for things: the program on the driver's device.
    Host,
    Thread(u32),
    Isr,
    Dpc,
    /// The device, which accesses memory by itself.
    Device,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("the host"),
            Self::Thread(number) => write!(f, "thread {number}"),
            Self::Isr => f.write_str("an ISR"),
            Self::Dpc => f.write_str("a DPC"),
            Self::Device => f.write_str("the device"),
        }
    }
}

/// A strand by its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strand(pub(super) u16);

/// The host's.
pub(super) const HOST: Strand = Strand(0);

/// What is known of a strand.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// How many strands began before it.
    pub(super) number: u32,
    pub(super) clock: Clock,
    pub(super) who: Who,
    /// The IRQL from which the strand excludes others of its processor: an interrupt's own, and the
    /// lowest at which threads are not dispatched.
    pub(super) base: u8,
    /// The IRQL up to which it is counted as excluding others.
    pub(super) irql: u8,
    /// When it ended, in the order of all ends.
    ended: Option<u64>,
}

/// Every slot.
#[derive(Clone, Debug)]
pub(super) struct Strands {
    slots: Vec<State>,
    ends: u64,
    begun: u32,
}

impl Strands {
    pub(super) fn new() -> Self {
        let mut strands = Self {
            slots: Vec::new(),
            ends: 0,
            begun: 0,
        };
        let host = strands.begin(Clock::default(), Who::Host, u8::MAX);
        debug_assert_eq!(host, HOST);
        strands
    }

    pub(super) fn get(&self, strand: Strand) -> &State {
        &self.slots[usize::from(strand.0)]
    }

    pub(super) fn get_mut(&mut self, strand: Strand) -> &mut State {
        &mut self.slots[usize::from(strand.0)]
    }

    /// A new strand that knows what `clock` knows.
    pub(super) fn begin(&mut self, clock: Clock, who: Who, base: u8) -> Strand {
        let slot = self.free_slot(&clock);
        let before = self.slots.get(slot).map_or(0, |old| {
            let number = slot as u16;
            old.clock.get(number)
        });
        let strand = Strand(slot as u16);
        self.begun += 1;
        let mut state = State {
            number: self.begun,
            clock,
            who,
            base,
            irql: base,
            ended: None,
        };
        state.clock.set(strand.0, before + 1);
        if slot == self.slots.len() {
            self.slots.push(state);
        } else {
            self.slots[slot] = state;
        }
        strand
    }

    fn free_slot(&self, clock: &Clock) -> usize {
        let ended = || {
            let slots = self.slots.iter().enumerate();
            slots.filter_map(|(slot, state)| Some((slot, state, state.ended?)))
        };
        let known = |slot: usize, state: &State| {
            let number = slot as u16;
            clock.get(number) >= state.clock.get(number)
        };
        if let Some((slot, ..)) = ended().find(|(slot, state, _)| known(*slot, state)) {
            return slot;
        }
        if self.slots.len() < SLOTS {
            return self.slots.len();
        }
        let first = ended().min_by_key(|(_, _, when)| *when);
        first.map_or(self.slots.len(), |(slot, ..)| slot)
    }

    pub(super) fn end(&mut self, strand: Strand) {
        self.ends += 1;
        let when = self.ends;
        self.get_mut(strand).ended = Some(when);
    }

    /// What the strand does from here on is not known by those who know its clock as it was.
    pub(super) fn tick(&mut self, strand: Strand) {
        let state = self.get_mut(strand);
        let count = state.clock.get(strand.0);
        state.clock.set(strand.0, count + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_by_who_knows_all_of_its_work() {
        let mut strands = Strands::new();
        let first = strands.begin(Clock::default(), Who::Isr, 8);
        let known = strands.get(first).clock.clone();
        strands.end(first);
        let stranger = strands.begin(Clock::default(), Who::Isr, 8);
        assert_ne!(first, stranger, "the stranger knows nothing of the first");
        let second = strands.begin(known.clone(), Who::Isr, 8);
        assert_eq!(first, second);
        assert!(strands.get(second).clock.get(second.0) > known.get(first.0));
    }

    #[test]
    fn the_table_does_not_grow_without_bound() {
        let mut strands = Strands::new();
        for _ in 0..4 * SLOTS {
            let strand = strands.begin(Clock::default(), Who::Dpc, 1);
            strands.end(strand);
        }
        assert_eq!(strands.slots.len(), SLOTS);
    }
}
