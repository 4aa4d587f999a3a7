//! What NT's documentation leaves open, one named choice each.
//!
//! The token of a run names them. The defaults are the harsher side: what a driver survives
//! there it survives on the milder one. Where no side is harsher, the default is what most sources say.

mod choice;

pub use choice::{Choice, ChoiceError};

/// The choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, and they combine"
)]
pub struct Policy {
    /// Whether `IoDisconnectInterruptEx` waits for an ISR that runs on another processor. The
    /// pages imply it and do not say it.
    pub disconnect_waits: bool,
    /// Whether a message that arrives while the interrupt is soft-inactive is delivered when it is
    /// active again. No page says so.
    pub inactive_messages_kept: bool,
    /// Whether a spurious interrupt arrives while `IoConnectInterruptEx` has connected and not
    /// returned. "The ISR may be invoked before `IoConnectInterruptEx` returns."
    pub interrupt_in_connect: bool,
    /// Whether the handler of an error source holds its lock while it calls `RetrieveErrorInfo`. The
    /// page has the callback "synchronized" and names no lock.
    pub lock_held_in_retrieval: bool,
    /// Whether the lock is held while the record is finalized, kept and cleared. The page does not
    /// promise it.
    pub lock_held_in_record: bool,
    /// Whether `PshedSynchronizeExecution` finds a source by the number in the descriptor rather than
    /// by the descriptor's address. No page says.
    pub descriptor_matched_by_id: bool,
    /// Whether errors arrive on the first processor only. No page says.
    pub errors_on_one_processor: bool,
    /// Whether `KeSynchronizeExecution` returns TRUE whatever its routine returned. The routine's page
    /// (nc-wdm-ksynchronize_routine) has the routine's value returned; the function's page
    /// (nf-wdm-kesynchronizeexecution) has TRUE returned "if the operation succeeds".
    pub synchronize_returns_true: bool,
    /// Whether the line- and message-based connections that a device's driver makes without a lock share
    /// one. The guide ("Synchronizing Access to Device Data") has one lock for all interrupts of the device; the
    /// comments of wdm.h have the lock of each message's own interrupt object. Each side hides what the other shows: a
    /// routine nested in another object's is a deadlock under the one, state that two objects' ISRs share is a
    /// race under the other.
    pub null_lock_shared: bool,
    /// Whether a caller of `KeSynchronizeExecution` above `SynchronizeIrql` stops the machine with bug check 0x9
    /// (`IRQL_NOT_GREATER_OR_EQUAL`). It breaks the page's rule in any case and no driver goes on from it; no page says
    /// what NT does then, so the choice is by what the run ends: the rule `irql`, or `bugcheck`.
    pub above_level_stops: bool,
    /// Whether `IoConnectInterruptEx` answers a `Version` that it does not know with `STATUS_NOT_SUPPORTED`. The
    /// documented status is `STATUS_INVALID_PARAMETER_1`; drivers in the field look for both.
    pub unknown_kind_not_supported: bool,
    /// A kind of connection that `IoConnectInterruptEx` does not know. "Unsupported type given: filled with the maximum
    /// supported type" (wdm.h), and none is said to be supported always.
    pub unknown_kind: UnknownKind,
    /// What `KeSynchronizeExecution` does with an interrupt that was reported inactive. No page says.
    pub inactive_synchronize: InactiveSynchronize,
    /// Whether `PshedSynchronizeExecution` takes a source whose handler no IRQL masks: it runs the routine at
    /// `HIGH_LEVEL`, under a lock that the handler does not take, and so keeps nothing out. No page says what it
    /// does there; on the other side the call ends the run.
    pub unmaskable_runs: bool,
}

/// A kind of connection that a system does not know, with NT's number for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownKind {
    /// It knows every kind.
    #[default]
    None = 0,
    /// `CONNECT_FULLY_SPECIFIED`.
    FullySpecified = 1,
    /// `CONNECT_LINE_BASED`, and with it the fallback of a message-based connect.
    LineBased = 2,
    /// `CONNECT_MESSAGE_BASED`.
    MessageBased = 3,
    /// `CONNECT_FULLY_SPECIFIED_GROUP`.
    FullySpecifiedGroup = 4,
}

impl UnknownKind {
    const ALL: [Self; 5] = [
        Self::None,
        Self::FullySpecified,
        Self::LineBased,
        Self::MessageBased,
        Self::FullySpecifiedGroup,
    ];

    /// NT's number for the kind; none where every kind is known.
    #[must_use]
    pub const fn version(self) -> Option<u32> {
        match self {
            Self::None => None,
            kind => Some(kind as u32),
        }
    }
}

/// What `KeSynchronizeExecution` does with an interrupt that was reported inactive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InactiveSynchronize {
    /// It is a misuse that ends the run.
    #[default]
    Forbidden = 0,
    /// It raises, locks and calls, as ever: the object is still connected.
    Runs = 1,
    /// It returns FALSE and has not called the routine.
    NotCalled = 2,
}

impl InactiveSynchronize {
    const ALL: [Self; 3] = [Self::Forbidden, Self::Runs, Self::NotCalled];
}

/// The bits that numbers of policies have.
const BITS: u32 = 17;
/// Where the number of [`Policy::unknown_kind`] begins, of three bits.
const UNKNOWN_KIND: u32 = 11;
/// Where that of [`Policy::inactive_synchronize`] begins, of two bits.
const INACTIVE_SYNCHRONIZE: u32 = 14;
/// Where the bit of [`Policy::unmaskable_runs`] is.
const UNMASKABLE_RUNS: u32 = 16;

impl Policy {
    /// Every combination of the choices. There are some ten thousands.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..1 << BITS).filter_map(Self::from_bits)
    }

    /// The choices as a number: a bit each in the order of the fields, as far as two sides go, and two
    /// numbers above them. A number keeps its meaning when choices are added.
    pub(crate) fn bits(self) -> u32 {
        let sides = [
            self.disconnect_waits,
            self.inactive_messages_kept,
            self.interrupt_in_connect,
            self.lock_held_in_retrieval,
            self.lock_held_in_record,
            self.descriptor_matched_by_id,
            self.errors_on_one_processor,
            self.synchronize_returns_true,
            self.null_lock_shared,
            self.above_level_stops,
            self.unknown_kind_not_supported,
        ];
        let bits = (0..).zip(sides);
        bits.fold(0, |all, (at, side)| all | u32::from(side) << at)
            | (self.unknown_kind as u32) << UNKNOWN_KIND
            | (self.inactive_synchronize as u32) << INACTIVE_SYNCHRONIZE
            | u32::from(self.unmaskable_runs) << UNMASKABLE_RUNS
    }

    /// The choices that a number stands for.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        if bits >> BITS != 0 {
            return None;
        }
        let bit = |at: u32| bits >> at & 1 != 0;
        Some(Self {
            disconnect_waits: bit(0),
            inactive_messages_kept: bit(1),
            interrupt_in_connect: bit(2),
            lock_held_in_retrieval: bit(3),
            lock_held_in_record: bit(4),
            descriptor_matched_by_id: bit(5),
            errors_on_one_processor: bit(6),
            synchronize_returns_true: bit(7),
            null_lock_shared: bit(8),
            above_level_stops: bit(9),
            unknown_kind_not_supported: bit(10),
            unknown_kind: *UnknownKind::ALL.get((bits >> UNKNOWN_KIND & 7) as usize)?,
            inactive_synchronize: *InactiveSynchronize::ALL
                .get((bits >> INACTIVE_SYNCHRONIZE & 3) as usize)?,
            unmaskable_runs: bit(UNMASKABLE_RUNS),
        })
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            disconnect_waits: false,
            inactive_messages_kept: false,
            interrupt_in_connect: true,
            lock_held_in_retrieval: false,
            lock_held_in_record: false,
            descriptor_matched_by_id: false,
            errors_on_one_processor: false,
            synchronize_returns_true: false,
            null_lock_shared: false,
            above_level_stops: false,
            unknown_kind_not_supported: false,
            unknown_kind: UnknownKind::None,
            inactive_synchronize: InactiveSynchronize::Forbidden,
            unmaskable_runs: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_one_combination() {
        let mut last = None;
        for policy in Policy::all() {
            assert_eq!(Policy::from_bits(policy.bits()), Some(policy));
            assert!(last < Some(policy.bits()));
            last = Some(policy.bits());
        }
        assert_eq!(Policy::all().count(), (1 << 12) * 5 * 3);
        assert_eq!(Policy::from_bits(5 << UNKNOWN_KIND), None);
        assert_eq!(Policy::from_bits(3 << INACTIVE_SYNCHRONIZE), None);
        assert_eq!(Policy::from_bits(1 << BITS), None);
    }

    #[test]
    fn a_number_keeps_its_meaning() {
        let policy = Policy {
            disconnect_waits: true,
            errors_on_one_processor: true,
            ..Policy::default()
        };
        assert_eq!(Policy::from_bits(0b100_0101), Some(policy));
    }
}
