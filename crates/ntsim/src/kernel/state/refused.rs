//! Calls that may be refused: which there were, and which one is to be.

/// A call of a routine that may be refused, by its place in the image and how often that place has called before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FailableCall {
    /// The routine.
    pub routine: &'static str,
    /// The instruction that calls it, and the calls that led there, innermost first and relative to the image; empty where
    /// the framework calls on the driver's behalf.
    pub calls: Box<[u32]>,
    /// How many calls by the same way came before.
    pub ordinal: u32,
}

impl FailableCall {
    /// Whether both go the same way.
    #[must_use]
    pub fn is_by_the_way_of(&self, other: &Self) -> bool {
        (self.routine, &self.calls) == (other.routine, &other.calls)
    }
}

/// The calls that were made while something watched, and the call that is to be refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// Whether calls are noted.
    pub(in crate::kernel) watched: bool,
    pub(in crate::kernel) made: Vec<FailableCall>,
    /// The call that is refused, what it returns, and how many by its way have come since that was said.
    pub(in crate::kernel) planned: Option<(FailableCall, u64, u32)>,
    /// What was refused so far, in a clause each.
    pub(in crate::kernel) met: Vec<String>,
}

impl Refused {
    /// Notes calls from here on, and forgets those that were noted.
    pub(crate) fn watch(&mut self) {
        self.watched = true;
        self.made.clear();
    }

    /// The calls that were noted, in their order.
    pub(crate) fn made(&self) -> &[FailableCall] {
        &self.made
    }

    /// Refuses a call, whose ordinal counts from here.
    pub(crate) fn plan(&mut self, call: FailableCall, answer: u64) {
        self.planned = Some((call, answer, 0));
    }

    /// How many calls were refused.
    pub(crate) fn met(&self) -> usize {
        self.met.len()
    }

    /// Whether anything has to be known of a call.
    pub(in crate::kernel) fn looks(&self) -> bool {
        self.watched || self.planned.is_some()
    }

    /// A call by this way is made: what it returns where it is refused.
    pub(in crate::kernel) fn meet(
        &mut self,
        routine: &'static str,
        calls: Box<[u32]>,
    ) -> Option<u64> {
        let call = FailableCall {
            routine,
            calls,
            ordinal: 0,
        };
        let refused = match &mut self.planned {
            Some((planned, answer, seen)) if planned.is_by_the_way_of(&call) => {
                *seen += 1;
                (*seen == planned.ordinal + 1).then_some(*answer)
            }
            _ => None,
        };
        if refused.is_some() {
            self.planned = None;
            self.met.push(format!("{routine} was refused"));
        }
        if self.watched {
            let before = self.made.iter().filter(|made| made.is_by_the_way_of(&call));
            let ordinal = u32::try_from(before.count()).unwrap_or(u32::MAX);
            self.made.push(FailableCall { ordinal, ..call });
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_by_its_way_is_refused_once_and_no_other() {
        let mut refused = Refused::default();
        let planned = FailableCall {
            routine: "ExAllocatePool2",
            calls: [0x10, 0x20].into(),
            ordinal: 1,
        };
        refused.plan(planned, 7);
        let mut call = |calls: &[u32]| refused.meet("ExAllocatePool2", calls.into());
        assert_eq!(call(&[0x10, 0x20]), None);
        assert_eq!(call(&[0x10, 0x30]), None);
        assert_eq!(call(&[0x10, 0x20]), Some(7));
        assert_eq!(call(&[0x10, 0x20]), None);
        assert_eq!(refused.met(), 1);
    }

    #[test]
    fn calls_are_numbered_by_their_way() {
        let mut refused = Refused::default();
        refused.watch();
        for calls in [[1], [2], [1]] {
            refused.meet("EtwRegister", calls.into());
        }
        let ordinals: Vec<_> = refused.made().iter().map(|call| call.ordinal).collect();
        assert_eq!(ordinals, [0, 0, 1]);
    }
}
