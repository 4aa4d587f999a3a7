//! What the service routine and the closures write down, as plain data: it travels from one
//! connection to the next, and outlives a stop of the device.

use dirql_ioctl::{statistics::StatisticsReply, synchronize::ACCOUNTS_TOTAL};

/// The records behind the interrupt lock.
#[derive(Clone, Copy)]
pub(crate) struct Ledger {
    /// The newest claimed interrupt.
    pub(crate) newest: Newest,
    /// What [`dirql_ioctl::synchronize::Operation::Add`] adds to.
    pub(crate) counter: u64,
    /// Two accounts whose sum every transfer keeps.
    pub(crate) left: u64,
    pub(crate) right: u64,
    counts: Counts,
}

/// The newest claimed interrupt.
#[derive(Clone, Copy)]
pub(crate) struct Newest {
    /// Its number, counted from 1; 0 before the first.
    pub(crate) sequence: u64,
    /// The causes that it was claimed for.
    pub(crate) causes: u32,
}

/// What is new for those who follow an interrupt.
pub(crate) struct Collected {
    /// The newest claimed interrupt.
    pub(crate) newest: Newest,
    /// How many interrupts have been claimed since this was last asked.
    pub(crate) batch: u64,
    /// Whether causes are left.
    pub(crate) undrained: bool,
}

/// What a reset sets to 0.
#[derive(Clone, Copy)]
struct Counts {
    claimed: u64,
    not_mine: u64,
    raised: u64,
    drain_bound_reached: u64,
    causes: [u64; 32],
}

impl Counts {
    const ZERO: Self = Self {
        claimed: 0,
        not_mine: 0,
        raised: 0,
        drain_bound_reached: 0,
        causes: [0; 32],
    };
}

impl Ledger {
    /// The records of a device that has not interrupted yet.
    pub(crate) const NEW: Self = Self {
        newest: Newest {
            sequence: 0,
            causes: 0,
        },
        counter: 0,
        left: ACCOUNTS_TOTAL,
        right: 0,
        counts: Counts::ZERO,
    };

    /// Records a claimed interrupt.
    pub(crate) fn claim(&mut self, causes: u32) {
        self.counts.claimed = self.counts.claimed.wrapping_add(1);
        self.newest = Newest {
            sequence: self.newest.sequence.wrapping_add(1),
            causes,
        };
    }

    /// Records an interrupt of another device.
    pub(crate) fn decline(&mut self) {
        self.counts.not_mine = self.counts.not_mine.wrapping_add(1);
    }

    /// Records acknowledged causes.
    pub(crate) fn acknowledge(&mut self, causes: u32) {
        for (bit, count) in self.counts.causes.iter_mut().enumerate() {
            *count = count.wrapping_add(u64::from(causes >> bit & 1));
        }
    }

    /// Records a raise that reached the device.
    pub(crate) fn raise(&mut self) {
        self.counts.raised = self.counts.raised.wrapping_add(1);
    }

    /// Records a drain that ended at its bound with causes left.
    pub(crate) fn reach_bound(&mut self) {
        self.counts.drain_bound_reached = self.counts.drain_bound_reached.wrapping_add(1);
    }

    /// Moves `amount` from the left account to the right and returns their sum.
    pub(crate) fn transfer(&mut self, amount: u64) -> u64 {
        self.left = self.left.wrapping_sub(amount);
        self.right = self.right.wrapping_add(amount);
        self.left.wrapping_add(self.right)
    }

    /// Writes the records into a reply.
    pub(crate) fn report(&self, reply: &mut StatisticsReply) {
        reply.sequence = self.newest.sequence;
        reply.claimed = self.counts.claimed;
        reply.not_mine = self.counts.not_mine;
        reply.raised = self.counts.raised;
        reply.drain_bound_reached = self.counts.drain_bound_reached;
        reply.causes = self.counts.causes;
    }

    /// Sets the statistics to 0; sequence, counter and accounts stay.
    pub(crate) fn reset(&mut self) {
        self.counts = Counts::ZERO;
    }
}
