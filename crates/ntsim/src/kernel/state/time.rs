//! Virtual time: the units, and the deadlines that are armed.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::state::thread::ThreadId;

/// Cycles of the time stamp counter in NT's unit of 100 ns, as on a 3 GHz processor.
pub(crate) const CYCLES_PER_UNIT: u64 = 300;
/// Nanoseconds in NT's unit of time.
pub(crate) const NANOSECONDS_PER_UNIT: u64 = 100;

/// What happens at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// A thread's wait times out, or its delay ends.
    Wait(ThreadId),
    /// A timer of a driver's expires, by what names it.
    Timer(u64),
}

/// A timer of a driver's: what its DPC runs, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    pub(crate) routine: u64,
    /// In cycles; 0 for a timer that expires once.
    pub(crate) period: u64,
}

/// Armed deadlines in the order of time, and the timers of drivers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    pub(in crate::kernel) armed: BTreeSet<(u64, Deadline)>,
    pub(in crate::kernel) of_drivers: BTreeMap<u64, Timer>,
    /// How many timers of drivers have expired since the host last asked for something.
    pub(crate) expired_of_run: u32,
}

impl Timers {
    pub(crate) fn arm(&mut self, at: u64, deadline: Deadline) {
        self.armed.insert((at, deadline));
    }

    /// Whether the deadline was armed.
    pub(crate) fn disarm(&mut self, deadline: Deadline) -> bool {
        let before = self.armed.len();
        self.armed.retain(|(_, armed)| *armed != deadline);
        before != self.armed.len()
    }

    /// Makes a timer that is not armed.
    pub(crate) fn make(&mut self, name: u64, timer: Timer) {
        self.of_drivers.insert(name, timer);
    }

    /// Takes a timer away, armed or not.
    pub(crate) fn remove(&mut self, name: u64) {
        self.disarm(Deadline::Timer(name));
        self.of_drivers.remove(&name);
    }

    pub(in crate::kernel) fn next(&self) -> Option<u64> {
        self.armed.first().map(|(at, _)| *at)
    }

    pub(in crate::kernel) fn pop_due(&mut self, now: u64) -> Option<Deadline> {
        let (at, deadline) = *self.armed.first()?;
        if at > now {
            return None;
        }
        self.armed.pop_first();
        Some(deadline)
    }
}
