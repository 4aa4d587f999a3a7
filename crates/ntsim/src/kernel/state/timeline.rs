//! The timeline of a run: the event log in detail, with what each processor has begun and not ended, its level between two
//! events, and the choices of the schedule.
//!
//! It is recorded where something asks for it, beside the log and of the same moments. What it has of a processor is
//! compared with the kernel's state at each of them, so that a span ends where its frame or its lock does. Long runs keep the newest
//! entries, and what was open before the first of them.

use std::{collections::VecDeque, fmt, sync::Arc};

use crate::kernel::state::log::{Event, EventKind};

/// How many entries are kept.
const KEPT: usize = 1 << 17;

/// What a processor has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// It has a thread.
    Thread {
        /// The thread's number.
        number: u32,
        /// Its name.
        name: Arc<str>,
    },
    /// It has taken an interrupt, or an error of the hardware, which has no vector.
    Interrupt {
        /// The vector.
        vector: Option<u32>,
    },
    /// It drains its queue of DPCs.
    Dpcs,
    /// The kernel or the framework has called the driver.
    Callback {
        /// What for.
        what: &'static str,
        /// Where.
        target: u64,
    },
    /// It holds a spin lock.
    SpinLock {
        /// Where the lock is.
        lock: u64,
    },
}

/// What a span is of, for those who tell kinds apart by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpanKind {
    /// A thread.
    Thread,
    /// A service routine, and the kernel's part around it.
    Isr,
    /// A DPC, and the drain of the queue around it.
    Dpc,
    /// A routine that runs with the interrupt excluded.
    Synchronize,
    /// A spin lock.
    SpinLock,
    /// Any other callback.
    Callback,
}

impl SpanKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Isr => "isr",
            Self::Dpc => "dpc",
            Self::Synchronize => "synchronize",
            Self::SpinLock => "lock",
            Self::Callback => "callback",
        }
    }
}

impl Span {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SpanKind {
        match self {
            Self::Thread { .. } => SpanKind::Thread,
            Self::Interrupt { .. } => SpanKind::Isr,
            Self::Dpcs => SpanKind::Dpc,
            Self::SpinLock { .. } => SpanKind::SpinLock,
            Self::Callback { what, .. } => match *what {
                "ISR" | "EvtInterruptIsr" => SpanKind::Isr,
                "DPC" | "EvtInterruptDpc" | "EvtDpcFunc" | "EvtTimerFunc" => SpanKind::Dpc,
                "synchronize routine" | "video synchronize routine" => SpanKind::Synchronize,
                _ => SpanKind::Callback,
            },
        }
    }

    /// Whether `wanted`, which says no more than the kernel's state does, is this one.
    fn is(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            // Which vector it was, the kernel's frame says at the beginning only.
            (Self::Interrupt { .. }, Self::Interrupt { .. }) => true,
            (own, wanted) => own == wanted,
        }
    }
}

/// A choice at which what ran did not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was taken.
    pub taken: String,
    /// What could have been, the taken one included.
    pub offered: Vec<String>,
    /// The turn of a planned schedule that it is: which choice, counted where every instruction is a point, and which
    /// alternative.
    pub turn: Option<(u32, u8)>,
    /// What ran could have gone on.
    pub is_preemption: bool,
}

/// What an entry of a timeline says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The event of the log.
    Event(EventKind),
    /// The processor's IRQL is another one.
    Level,
    /// A span begins.
    Begin(Span),
    /// The innermost span ends.
    End(Span),
    /// The host, or an actor of a scenario, does something.
    Act(String),
    /// The schedule has a choice here.
    Choice(Box<Decision>),
    /// The earlier of two accesses that race.
    EarlierAccess,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Virtual time in cycles, as in the log.
    pub cycles: u64,
    /// How many instructions of the driver were executed before it.
    pub instructions: u64,
    /// The processor.
    pub cpu: u8,
    /// Its IRQL.
    pub irql: u8,
    /// Where in the driver the processor was, innermost first.
    pub calls: Arc<[u64]>,
    /// What there is to say.
    pub what: What,
}

/// A processor between two entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Its IRQL.
    pub irql: u8,
    /// What it has begun and not ended, outermost first.
    pub open: Vec<Span>,
}

impl Lane {
    /// The processor behind an entry of its own.
    pub fn pass(&mut self, entry: &Entry) {
        self.irql = entry.irql;
        match &entry.what {
            What::Begin(span) => self.open.push(span.clone()),
            What::End(_) => {
                self.open.pop();
            }
            _ => {}
        }
    }
}

/// Where the driver was at a moment that was sought.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sought {
    instructions: u64,
    calls: Arc<[u64]>,
}

/// The timeline of a run.
#[derive(Clone, Debug)]
pub struct Timeline {
    entries: VecDeque<Entry>,
    /// How many older ones were dropped.
    dropped: u64,
    /// The processors before the first entry.
    first: Vec<Lane>,
    /// The processors now.
    now: Vec<Lane>,
    /// Where in the driver each processor was when that was last looked at.
    calls: Vec<Arc<[u64]>>,
    sought: Option<Sought>,
}

impl Timeline {
    pub(crate) fn new(cpus: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            dropped: 0,
            first: vec![Lane::default(); cpus],
            now: vec![Lane::default(); cpus],
            calls: vec![Arc::default(); cpus],
            sought: None,
        }
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many older entries are no longer there.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The processors before the first entry.
    #[must_use]
    pub fn first(&self) -> &[Lane] {
        &self.first
    }

    /// The same with the newest entries only, `most` of them.
    #[must_use]
    pub fn newest(&self, most: usize) -> Self {
        let mut cut = self.clone();
        while cut.entries.len() > most {
            cut.drop_oldest();
        }
        cut
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.entries.pop_front() {
            self.first[usize::from(oldest.cpu)].pass(&oldest);
            self.dropped += 1;
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() == KEPT {
            self.drop_oldest();
        }
        self.now[usize::from(entry.cpu)].pass(&entry);
        self.entries.push_back(entry);
    }

    /// Has where a processor is in the driver, for the entries that follow.
    pub(in crate::kernel) fn stands_at(&mut self, cpu: usize, calls: Vec<u64>) {
        self.calls[cpu] = calls.into();
    }

    /// Has where the driver was at the moment that was sought.
    pub(in crate::kernel) fn found(&mut self, instructions: u64, calls: Vec<u64>) {
        let calls = calls.into();
        self.sought = Some(Sought {
            instructions,
            calls,
        });
    }

    /// Adds what is to say of a processor.
    pub(in crate::kernel) fn say(&mut self, at: At, cpu: usize, what: What) {
        let entry = Entry {
            cycles: at.cycles,
            instructions: at.instructions,
            cpu: cpu as u8,
            irql: self.now[cpu].irql,
            calls: Arc::clone(&self.calls[cpu]),
            what,
        };
        self.push(entry);
    }

    /// Adds an event of the log.
    pub(in crate::kernel) fn log(&mut self, at: At, event: &Event) {
        self.say(at, event.cpu.into(), What::Event(event.kind.clone()));
    }

    /// The level that the timeline has of a processor.
    #[inline]
    pub(in crate::kernel) fn level(&self, cpu: usize) -> u8 {
        self.now[cpu].irql
    }

    /// Brings a processor up to what it is: its level, what it runs, outermost first, and the locks that it holds.
    pub(in crate::kernel) fn settle(
        &mut self,
        at: At,
        cpu: usize,
        level: u8,
        running: &[Span],
        locks: &[u64],
    ) {
        if level > self.level(cpu) {
            self.set_level(at, cpu, level);
        }
        let (ended, begun) = self.now[cpu].differs(running, locks);
        for _ in 0..ended {
            if let Some(span) = self.now[cpu].open.last().cloned() {
                self.say(at, cpu, What::End(span));
            }
        }
        for span in begun {
            self.say(at, cpu, What::Begin(span));
        }
        if level < self.level(cpu) {
            self.set_level(at, cpu, level);
        }
    }

    fn set_level(&mut self, at: At, cpu: usize, level: u8) {
        self.now[cpu].irql = level;
        self.say(at, cpu, What::Level);
    }

    /// Puts in the earlier of two accesses that race, made by the instruction at `pc`.
    pub(in crate::kernel) fn put_earlier_access(&mut self, cpu: u8, instructions: u64, pc: u64) {
        let behind = self
            .entries
            .partition_point(|entry| entry.instructions < instructions);
        // The last entries before it say when it was; those that are no longer there do not.
        let Some(before) = behind.checked_sub(1).map(|at| &self.entries[at]) else {
            return;
        };
        let last = self.entries.range(..behind).rfind(|it| it.cpu == cpu);
        let irql = last.map_or(self.first[usize::from(cpu)].irql, |entry| entry.irql);
        let sought = self.sought.as_ref();
        let sought = sought.filter(|sought| sought.instructions == instructions);
        let entry = Entry {
            cycles: before.cycles + (instructions - before.instructions),
            instructions,
            cpu,
            irql,
            calls: sought.map_or_else(|| Arc::from([pc]), |sought| Arc::clone(&sought.calls)),
            what: What::EarlierAccess,
        };
        self.entries.insert(behind, entry);
    }
}

/// When an entry is.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernel) struct At {
    pub(in crate::kernel) cycles: u64,
    pub(in crate::kernel) instructions: u64,
}

impl Lane {
    /// How many of the open spans have ended, innermost first, and which begin then: what goes on although something around it
    /// has ended, as an outer lock that is released first, begins again.
    fn differs(&self, running: &[Span], locks: &[u64]) -> (usize, Vec<Span>) {
        let mut wanted = running.iter().peekable();
        let mut goes_on = |span: &Span| match span {
            Span::SpinLock { lock } => locks.contains(lock),
            span => wanted.next_if(|next| span.is(next)).is_some(),
        };
        let kept = self.open.iter().take_while(|span| goes_on(span)).count();
        let inner = self.open.get(kept + 1..).unwrap_or_default();
        let again = inner.iter().filter(|span| goes_on(span)).cloned();
        let mut begun: Vec<Span> = again.collect();
        begun.extend(wanted.cloned());
        for lock in locks {
            let span = Span::SpinLock { lock: *lock };
            if !self.open[..kept].contains(&span) && !begun.contains(&span) {
                begun.push(span);
            }
        }
        (self.open.len() - kept, begun)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(kind) => write!(f, "{kind}"),
            Self::Level => f.write_str("the IRQL changes"),
            Self::Begin(span) => write!(f, "{span} begins"),
            Self::End(span) => write!(f, "{span} ends"),
            Self::Act(name) => write!(f, "the host: {name}"),
            Self::Choice(decision) => f.write_str(&decision.taken),
            Self::EarlierAccess => f.write_str("the earlier of the two accesses"),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread { number, name } => write!(f, "thread {number} '{name}'"),
            Self::Interrupt {
                vector: Some(vector),
            } => write!(f, "interrupt {vector:#x}"),
            Self::Interrupt { vector: None } => f.write_str("hardware error"),
            Self::Dpcs => f.write_str("DPC queue"),
            Self::Callback { what, .. } => f.write_str(what),
            Self::SpinLock { lock } => write!(f, "spin lock {lock:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: At = At {
        cycles: 5,
        instructions: 5,
    };

    fn thread(number: u32) -> Span {
        Span::Thread {
            number,
            name: "t".into(),
        }
    }

    fn said(timeline: &Timeline) -> Vec<String> {
        timeline.iter().map(|it| it.what.to_string()).collect()
    }

    #[test]
    fn an_outer_lock_that_is_released_first_has_the_inner_one_begin_again() {
        let mut timeline = Timeline::new(1);
        timeline.settle(AT, 0, 2, &[thread(1)], &[0x10]);
        timeline.settle(AT, 0, 2, &[thread(1)], &[0x10, 0x20]);
        let before = timeline.entries.len();
        timeline.settle(AT, 0, 2, &[thread(1)], &[0x20]);
        assert_eq!(
            said(&timeline)[before..],
            [
                "spin lock 0x20 ends",
                "spin lock 0x10 ends",
                "spin lock 0x20 begins"
            ]
        );
    }

    #[test]
    fn a_level_rises_before_what_begins_at_it_and_falls_behind_what_ends() {
        let mut timeline = Timeline::new(1);
        let interrupt = Span::Interrupt { vector: Some(0x50) };
        timeline.settle(AT, 0, 5, &[thread(1), interrupt], &[]);
        // The frame says no more which vector it was.
        let same = Span::Interrupt { vector: None };
        timeline.settle(AT, 0, 5, &[thread(1), same], &[]);
        timeline.settle(AT, 0, 0, &[thread(1)], &[]);
        assert_eq!(
            said(&timeline),
            [
                "the IRQL changes",
                "thread 1 't' begins",
                "interrupt 0x50 begins",
                "interrupt 0x50 ends",
                "the IRQL changes"
            ]
        );
    }

    #[test]
    fn what_was_open_before_the_first_entry_is_known() {
        let mut timeline = Timeline::new(2);
        timeline.settle(AT, 1, 2, &[thread(1)], &[0x10]);
        timeline.settle(AT, 1, 0, &[thread(1)], &[]);
        let cut = timeline.newest(2);
        assert_eq!(cut.dropped(), 3);
        let open = [thread(1), Span::SpinLock { lock: 0x10 }];
        assert_eq!(
            cut.first()[1],
            Lane {
                irql: 2,
                open: open.into()
            }
        );
        assert_eq!(said(&cut), ["spin lock 0x10 ends", "the IRQL changes"]);
    }
}
