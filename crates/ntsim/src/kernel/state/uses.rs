//! What a run lets out of the driver, kept so that another run can be compared with it.

use std::{cell::RefCell, fmt, rc::Rc};

use crate::declared::Parameter;

/// What came out of the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kernel) enum Shown {
    /// It went on elsewhere than behind the instruction.
    Way,
    /// An argument of a call.
    Argument {
        routine: &'static str,
        parameter: Parameter,
    },
    /// A store to a register of the device.
    Register { bar: u8, offset: u64 },
    /// Up to eight bytes of a request's output.
    Output { request: u32, offset: usize },
    /// A routine of the driver's that the kernel calls.
    Callback { what: &'static str },
    /// A line of the event log.
    Line(Rc<str>),
}

/// Something that came out of the driver: by which instruction, what, and its bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kernel) struct Use {
    pub(in crate::kernel) at: u64,
    pub(in crate::kernel) shown: Shown,
    pub(in crate::kernel) value: u64,
}

/// What a run lets out of the driver, in order. Copies are of one record.
#[derive(Clone, Default)]
pub struct Uses(Rc<RefCell<Vec<Use>>>);

impl Uses {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether nothing came out yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Uses").field(&self.len()).finish()
    }
}

/// Where two runs part: what the other one let out, unless it has ended, and what this one did.
#[derive(Clone, Debug)]
pub(in crate::kernel) struct Parting {
    pub(in crate::kernel) other: Option<Use>,
    pub(in crate::kernel) this: Use,
}

/// What is done with what comes out.
#[derive(Clone, Debug, Default)]
enum Purpose {
    #[default]
    None,
    /// It is kept.
    Record(Uses),
    /// It is compared with what another run has kept.
    Compare(Uses),
}

/// A watch over what comes out of the driver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    purpose: Purpose,
    /// How many uses there were: a machine that goes back to a snapshot goes back to that many.
    count: usize,
    /// The driver's instruction that was executed last, and what stands behind it.
    at: u64,
    next: u64,
    parting: Option<Box<Parting>>,
}

impl Watch {
    pub(crate) fn record(&mut self, into: &Uses) {
        self.purpose = Purpose::Record(into.clone());
    }

    pub(crate) fn compare(&mut self, with: &Uses) {
        self.purpose = Purpose::Compare(with.clone());
    }

    /// Looks at nothing any more.
    pub(in crate::kernel) fn end(&mut self) {
        self.purpose = Purpose::None;
    }

    /// Whether something wants to know.
    pub(in crate::kernel) const fn is_on(&self) -> bool {
        !matches!(self.purpose, Purpose::None)
    }

    /// Whether this is the run in which uninitialized memory holds other bytes.
    pub(in crate::kernel) const fn compares(&self) -> bool {
        matches!(self.purpose, Purpose::Compare(_))
    }

    /// Whether the other run has gone on from here.
    pub(in crate::kernel) fn other_goes_on(&self) -> bool {
        matches!(&self.purpose, Purpose::Compare(with) if self.count < with.len())
    }

    /// The driver is about to execute the instruction at `pc`, behind which `next` stands.
    pub(in crate::kernel) fn step(&mut self, pc: u64, next: u64) {
        if !self.is_on() {
            return;
        }
        if pc != self.next {
            self.show(Shown::Way, pc);
        }
        self.at = pc;
        self.next = next;
    }

    /// Something came out, at the instruction that was executed last.
    pub(in crate::kernel) fn show(&mut self, shown: Shown, value: u64) {
        let this = Use {
            at: self.at,
            shown,
            value,
        };
        match &self.purpose {
            Purpose::None => return,
            Purpose::Record(into) => {
                let mut kept = into.0.borrow_mut();
                kept.truncate(self.count);
                kept.push(this);
            }
            Purpose::Compare(with) => {
                let other = with.0.borrow().get(self.count).cloned();
                if self.parting.is_none() && other.as_ref() != Some(&this) {
                    self.parting = Some(Box::new(Parting { other, this }));
                }
            }
        }
        self.count += 1;
    }

    /// Whether the runs have parted, and that was not told.
    pub(in crate::kernel) const fn has_parted(&self) -> bool {
        self.parting.is_some()
    }

    /// Where the runs have parted, once.
    pub(in crate::kernel) fn take_parting(&mut self) -> Option<Parting> {
        self.parting.take().map(|parting| *parting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Shown {
        Shown::Line(text.into())
    }

    #[test]
    fn runs_part_at_the_first_use_that_differs() {
        let uses = Uses::default();
        let mut first = Watch::default();
        first.record(&uses);
        for (pc, next) in [(10, 12), (12, 14), (30, 31)] {
            first.step(pc, next);
        }
        first.show(line("a"), 1);
        assert_eq!(uses.len(), 3, "{uses:?}");

        let mut same = Watch::default();
        same.compare(&uses);
        for (pc, next) in [(10, 12), (12, 14), (30, 31)] {
            same.step(pc, next);
        }
        assert!(same.other_goes_on());
        same.show(line("a"), 1);
        assert!(same.take_parting().is_none() && !same.other_goes_on());
        same.show(line("b"), 2);
        let beyond = same.take_parting().expect("the other run has ended");
        assert!(beyond.other.is_none());

        let mut other = Watch::default();
        other.compare(&uses);
        other.step(10, 12);
        other.step(12, 14);
        // It does not branch, and branches later.
        other.step(14, 16);
        assert!(other.take_parting().is_none());
        other.step(40, 41);
        other.show(line("c"), 3);
        let parting = other.take_parting().expect("they went different ways");
        assert_eq!(
            parting.other.map(|other| (other.at, other.value)),
            Some((12, 30))
        );
        assert_eq!((parting.this.at, parting.this.value), (14, 40));
        assert!(other.take_parting().is_none());
    }

    #[test]
    fn a_record_goes_back_with_its_machine() {
        let uses = Uses::default();
        let mut watch = Watch::default();
        watch.record(&uses);
        watch.show(line("a"), 1);
        let then = watch.clone();
        watch.show(line("b"), 2);
        let mut back = then;
        back.show(line("c"), 3);
        assert_eq!(uses.len(), 2);
        assert_eq!(uses.0.borrow()[1].shown, line("c"));
    }
}
