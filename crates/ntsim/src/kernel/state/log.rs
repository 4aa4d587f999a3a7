//! The event log: what happened in a run, in order, one line an event.
//!
//! It is the proof of determinism (the same token gives the same log) and what a report is read
//! from. Long runs keep the newest events and a digest over all of them.

use std::{collections::VecDeque, fmt, rc::Rc};

use crate::kernel::state::{shared::Shared, trace_event::TraceEvent};

/// How many events are kept at least.
const KEPT: usize = 1 << 16;

/// How many events copies of the machine share, or do not, together.
const CHUNK: usize = 64;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The driver called an export or a framework function.
    Call {
        /// Its name.
        name: &'static str,
        /// Its arguments, as far as a header declares its parameters.
        arguments: Box<[Argument]>,
    },
    /// An export or a framework function returned to the driver.
    Return {
        /// The value.
        value: u64,
    },
    /// The kernel called the driver.
    Callback {
        /// What for.
        what: &'static str,
        /// Where.
        target: u64,
    },
    /// An interrupt was delivered.
    Interrupt {
        /// Its vector.
        vector: u32,
    },
    /// A processor went on with another thread.
    Thread {
        /// The thread's number.
        thread: u32,
    },
    /// The driver wrote an event that something listens to.
    Trace(Box<TraceEvent>),
    /// The host or the framework did something worth a line.
    Note(String),
}

/// An argument of a call: what the callee takes of a register or of a slot of the stack, and nothing else that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its bits.
    pub bits: u64,
    /// How many bytes they are: 1, 2, 4 or 8.
    pub bytes: u8,
    /// Whether they are a number with a sign.
    pub is_signed: bool,
}

impl fmt::Display for Argument {
    /// A time is signed and has eight bytes. What is narrower is read by its bits: most of it are statuses and enumerations.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_signed && self.bytes == 8 {
            write!(f, "{}", self.bits.cast_signed())
        } else {
            write!(f, "{:#x}", self.bits)
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Virtual time in cycles.
    pub cycles: u64,
    /// The processor.
    pub cpu: u8,
    /// Its IRQL.
    pub irql: u8,
    /// What happened.
    pub kind: EventKind,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>12} cpu{} irql {:>2} ",
            self.cycles, self.cpu, self.irql
        )?;
        self.kind.fmt(f)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { name, arguments } => {
                write!(f, "call {name}(")?;
                for (index, argument) in arguments.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{argument}")?;
                }
                f.write_str(")")
            }
            Self::Return { value } => write!(f, "return {value:#x}"),
            Self::Callback { what, target } => write!(f, "callback {what} at {target:#x}"),
            Self::Interrupt { vector } => write!(f, "interrupt vector {vector:#x}"),
            Self::Thread { thread } => write!(f, "thread {thread}"),
            Self::Trace(event) => write!(f, "event {event}"),
            Self::Note(text) => f.write_str(text),
        }
    }
}

/// The events of a run: the newest in full, all of them as a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLog {
    /// Older events, a chunk each.
    full: Shared<VecDeque<Rc<Vec<Event>>>>,
    /// The newest, fewer than a chunk.
    newest: Shared<Vec<Event>>,
    total: u64,
    digest: u64,
}

impl EventLog {
    /// Appends an event.
    pub(crate) fn push(&mut self, event: Event) {
        self.digest = digest(self.digest, &event);
        self.total += 1;
        self.newest.push(event);
        if self.newest.len() == CHUNK {
            let chunk = core::mem::replace(&mut *self.newest, Vec::with_capacity(CHUNK));
            if self.full.len() == KEPT / CHUNK {
                self.full.pop_front();
            }
            self.full.push_back(Rc::new(chunk));
        }
    }

    /// How many events there were.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// A digest over all events, the ones no longer kept included.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// The newest events, oldest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> {
        let full = self.full.iter().flat_map(|chunk| chunk.iter());
        full.chain(self.newest.iter())
    }
}

impl fmt::Display for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for event in self.iter() {
            writeln!(f, "{event}")?;
        }
        writeln!(f, "{} events, digest {:016x}", self.total, self.digest)
    }
}

/// The powers of FNV's prime.
const POWERS: [u64; 9] = {
    let mut powers = [1_u64; 9];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1].wrapping_mul(0x100_0000_01B3);
        at += 1;
    }
    powers
};

/// FNV-1a over the words of an event. It is not for keys of any table: it only has to change when
/// an event changes, and to be the same on every host.
fn digest(seed: u64, event: &Event) -> u64 {
    let mut state = if seed == 0 {
        0xCBF2_9CE4_8422_2325
    } else {
        seed
    };
    let mut word = |word: u64| {
        // Most words are small: a byte of zero is a multiplication and nothing else, and several are one.
        let (mut rest, mut zeros) = (word, 8);
        while rest != 0 {
            state = (state ^ (rest & 0xFF)).wrapping_mul(POWERS[1]);
            rest >>= 8;
            zeros -= 1;
        }
        state = state.wrapping_mul(POWERS[zeros]);
    };
    word(event.cycles);
    word(u64::from(event.cpu) << 8 | u64::from(event.irql));
    match &event.kind {
        EventKind::Call { name, arguments } => {
            word(1);
            name.bytes().for_each(|b| word(u64::from(b)));
            for argument in arguments {
                word(argument.bits);
            }
        }
        EventKind::Return { value } => {
            word(2);
            word(*value);
        }
        EventKind::Callback { what, target } => {
            word(3);
            what.bytes().for_each(|b| word(u64::from(b)));
            word(*target);
        }
        EventKind::Interrupt { vector } => {
            word(4);
            word(u64::from(*vector));
        }
        EventKind::Thread { thread } => {
            word(5);
            word(u64::from(*thread));
        }
        EventKind::Note(text) => {
            word(6);
            text.bytes().for_each(|b| word(u64::from(b)));
        }
        EventKind::Trace(event) => {
            word(7);
            event.to_string().bytes().for_each(|b| word(u64::from(b)));
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: &[Argument]) -> Event {
        Event {
            cycles: 20,
            cpu: 1,
            irql: 2,
            kind: EventKind::Call {
                name: "WdfTimerStart",
                arguments: arguments.into(),
            },
        }
    }

    #[test]
    fn an_argument_is_shown_by_its_bits_and_a_time_by_its_number() {
        let argument = |bits, bytes, is_signed| Argument {
            bits,
            bytes,
            is_signed,
        };
        let event = call(&[
            argument(0xFFFF_F800_0000_0010, 8, false),
            argument(u64::MAX - 9_999, 8, true),
            argument(0xC000_000D, 4, true),
            argument(0x01, 1, false),
        ]);
        assert_eq!(
            event.to_string(),
            "          20 cpu1 irql  2 call WdfTimerStart(0xfffff80000000010, -10000, 0xc000000d, 0x1)"
        );
        assert!(call(&[]).to_string().ends_with("call WdfTimerStart()"));
    }

    #[test]
    fn a_digest_is_that_of_all_bytes() {
        let event = Event {
            cycles: 0x1_0000_0300,
            cpu: 1,
            irql: 2,
            kind: EventKind::Return { value: u64::MAX },
        };
        let words = [0x1_0000_0300, 0x102, 2, u64::MAX];
        let bytes = words.iter().flat_map(|word: &u64| word.to_le_bytes());
        let whole = bytes.fold(0xCBF2_9CE4_8422_2325, |state: u64, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
        });
        assert_eq!(digest(0, &event), whole);
    }

    #[test]
    fn a_digest_changes_with_each_bit_of_an_argument() {
        let argument = |bits| Argument {
            bits,
            bytes: 4,
            is_signed: false,
        };
        let digest = |bits| {
            let mut log = EventLog::default();
            log.push(call(&[argument(bits)]));
            log.digest()
        };
        for bit in 0..32 {
            assert_ne!(digest(0), digest(1 << bit));
        }
    }
}
