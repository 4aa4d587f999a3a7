//! What NT's documentation leaves open, one named choice each.
//!
//! The token of a run names them. The defaults are the harsher side: what a driver survives
//! there it survives on the milder one. Where no side is harsher, the default is what most sources say.

use crate::choice::{Choice, Value};

/// Declares the choices once: for the field, its default, its number in tokens, and its name.
///
/// `at` is where the value's bits begin in the number of the set. A number keeps its meaning when choices are added: a new
/// one goes above the others.
macro_rules! policies {
    ($(
        $(#[$about:meta])*
        $set:ident in $part:ident, named $prefix:literal, the default is number $default:literal {
            $($(#[$doc:meta])* $field:ident: $value:ty = $harsher:expr, at $at:literal, $open:literal;)*
        }
    )*) => {
        impl Choice {
            /// Every choice, those of interrupts first, then those of error sources and of the video port.
            pub const ALL: &'static [Self] = &[$($(
                Self {
                    name: concat!($prefix, stringify!($field)),
                    values: <$value as Value>::NAMES,
                    open: $open,
                    get: |config| config.$part.$field.index(),
                    set: |config, index| {
                        if let Some(value) = <$value as Value>::of_index(index) {
                            config.$part.$field = value;
                        }
                    },
                },
            )*)*];
        }

        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $set {
                $($(#[$doc])* pub $field: $value,)*
            }

            impl Default for $set {
                fn default() -> Self {
                    Self { $($field: $harsher,)* }
                }
            }

            impl $set {
                /// The bits that numbers have.
                const BITS: u32 = {
                    let mut bits = 0;
                    $(
                        let end = $at + bits_of::<$value>();
                        if bits < end {
                            bits = end;
                        }
                    )*
                    bits
                };

                /// Every combination of the choices.
                pub fn all() -> impl Iterator<Item = Self> + Clone {
                    (0..1 << Self::BITS).filter_map(Self::from_number)
                }

                /// The choices as a number.
                pub(crate) fn number(self) -> u32 {
                    self.bits() ^ Self::default().bits() ^ $default
                }

                /// The choices that a number stands for.
                pub(crate) fn from_number(number: u32) -> Option<Self> {
                    let bits = number ^ Self::default().bits() ^ $default;
                    if bits >> Self::BITS != 0 {
                        return None;
                    }
                    Some(Self {
                        $($field: {
                            let index = bits >> $at & ((1 << bits_of::<$value>()) - 1);
                            <$value as Value>::of_index(index as usize)?
                        },)*
                    })
                }

                fn bits(self) -> u32 {
                    let mut bits = 0;
                    $(bits |= number_of(self.$field) << $at;)*
                    bits
                }
            }
        )*
    };
}

/// How many bits the number of a value has.
const fn bits_of<V: Value>() -> u32 {
    usize::BITS - (V::NAMES.len() - 1).leading_zeros()
}

/// The number of a value.
fn number_of(value: impl Value) -> u32 {
    u32::try_from(value.index()).unwrap_or(u32::MAX)
}

policies! {
    /// The choices about interrupts and error sources.
    Policy in policy, named "", the default is number 4 {
        /// Whether `IoDisconnectInterruptEx` waits for an ISR that runs on another processor. The
        /// pages imply it and do not say it.
        disconnect_waits: bool = false, at 0,
            "whether a disconnect waits for an ISR that runs on another processor";
        /// Whether a message that arrives while the interrupt is soft-inactive is delivered when it is
        /// active again. No page says so.
        inactive_messages_kept: bool = false, at 1,
            "whether a message that arrives while the interrupt is inactive is delivered later";
        /// Whether a spurious interrupt arrives while `IoConnectInterruptEx` has connected and not
        /// returned. "The ISR may be invoked before `IoConnectInterruptEx` returns."
        interrupt_in_connect: bool = true, at 2,
            "whether an interrupt arrives before the connect returns";
        /// Whether `KeSynchronizeExecution` returns TRUE whatever its routine returned. The routine's page
        /// (nc-wdm-ksynchronize_routine) has the routine's value returned; the function's page
        /// (nf-wdm-kesynchronizeexecution) has TRUE returned "if the operation succeeds".
        synchronize_returns_true: bool = false, at 7,
            "whether KeSynchronizeExecution returns TRUE rather than what its routine returned";
        /// Whether the line- and message-based connections that a device's driver makes without a lock share
        /// one. The guide ("Synchronizing Access to Device Data") has one lock for all interrupts of the device; the
        /// comments of wdm.h have the lock of each message's own interrupt object. Each side hides what the other shows: a
        /// routine nested in another object's is a deadlock under the one, state that two objects' ISRs share is a
        /// race under the other.
        null_lock_shared: bool = false, at 8,
            "whether connections without a lock share one, rather than each having its own";
        /// Whether a caller of `KeSynchronizeExecution` above `SynchronizeIrql` stops the machine with bug check 0x9
        /// (`IRQL_NOT_GREATER_OR_EQUAL`). It breaks the page's rule in any case and no driver goes on from it; no page says
        /// what NT does then, so the choice is by what the run ends: the rule `irql`, or `bugcheck`.
        above_level_stops: bool = false, at 9,
            "whether a caller above SynchronizeIrql meets a bug check, rather than the rule irql alone";
        /// Whether `IoConnectInterruptEx` answers a `Version` that it does not know with `STATUS_NOT_SUPPORTED`. The
        /// documented status is `STATUS_INVALID_PARAMETER_1`; drivers in the field look for both.
        unknown_kind_not_supported: bool = false, at 10,
            "whether an unknown kind of connection is answered with STATUS_NOT_SUPPORTED";
        /// A kind of connection that `IoConnectInterruptEx` does not know. "Unsupported type given: filled with the maximum
        /// supported type" (wdm.h), and none is said to be supported always.
        unknown_kind: UnknownKind = UnknownKind::None, at 11,
            "which kind of connection the system does not know";
        /// What `KeSynchronizeExecution` does with an interrupt that was reported inactive. No page says.
        inactive_synchronize: InactiveSynchronize = InactiveSynchronize::Forbidden, at 14,
            "what KeSynchronizeExecution does with an inactive interrupt";
        /// Whether the handler of an error source holds its lock while it calls `RetrieveErrorInfo`. The
        /// page has the callback "synchronized" and names no lock.
        lock_held_in_retrieval: bool = false, at 3,
            "whether an error handler holds its lock while a plug-in retrieves";
        /// Whether the lock is held while the record is finalized, kept and cleared. The page does not
        /// promise it.
        lock_held_in_record: bool = false, at 4,
            "whether it holds it while the record is finalized and cleared";
        /// Whether `PshedSynchronizeExecution` finds a source by the number in the descriptor rather than
        /// by the descriptor's address. No page says.
        descriptor_matched_by_id: bool = false, at 5,
            "whether PshedSynchronizeExecution finds a source by its number";
        /// Whether errors arrive on the first processor only. No page says.
        errors_on_one_processor: bool = false, at 6,
            "whether errors arrive on the first processor only";
        /// Whether `PshedSynchronizeExecution` takes a source whose handler no IRQL masks: it runs the routine at
        /// `HIGH_LEVEL`, under a lock that the handler does not take, and so keeps nothing out. No page says what it
        /// does there; on the other side the call ends the run.
        unmaskable_runs: bool = false, at 16,
            "whether PshedSynchronizeExecution runs its routine for a source that nothing masks";
        /// Whether `EvtDeviceSurpriseRemoval` runs while the device changes its power state, beside `EvtDeviceD0Entry`,
        /// `EvtDeviceD0Exit` or `EvtIoStop`. "The framework does not synchronize" it
        /// (nc-wdfdevice-evt_wdf_device_surprise_removal), and says nothing of when it comes; on the other side it waits
        /// for the end of the change.
        surprise_removal_overlaps: bool = true, at 17,
            "whether EvtDeviceSurpriseRemoval runs beside the callbacks of a change of power";
        /// Whether a line-based connect takes the one message of a device that has no line. The page refuses it for
        /// "multiple" messages, and says nothing of one.
        line_takes_one_message: bool = false, at 18,
            "whether a line-based connect takes the only message of a device";
    }

    /// The choices about the video port: what a priority of `VideoPortSynchronizeExecution` excludes. The defaults are what
    /// the routine's own page says.
    VideoPolicy in video, named "video.", the default is number 0 {
        /// Whether low priority raises to DISPATCH: "the highest noninterrupt-masking priority", which the page does
        /// not name. A peer implementation calls the routine where the caller stands.
        low_raises: bool = true, at 0,
            "whether low priority of the video port raises to DISPATCH_LEVEL";
        /// Whether medium priority is no more than low although an interrupt is connected. No page says so; none
        /// says what Windows does since it supports no miniport with hardware.
        medium_degrades: bool = false, at 1,
            "whether medium priority excludes nothing although an interrupt is connected";
        /// What high priority is.
        high: High = High::AsMedium, at 2,
            "what high priority is";
    }
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
    /// NT's number for the kind; none where every kind is known.
    #[must_use]
    pub const fn version(self) -> Option<u32> {
        match self {
            Self::None => None,
            kind => Some(kind as u32),
        }
    }

    /// The kind of a number of NT's.
    #[must_use]
    pub fn of_version(version: u32) -> Option<Self> {
        let index = usize::try_from(version).ok()?;
        Self::of_index(index).filter(|kind| kind.version().is_some())
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

/// What high priority of the video port is, by source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum High {
    /// The routine's page: the same as medium.
    AsMedium,
    /// The guide: the interrupts of the system are masked too.
    Masked,
    /// A peer implementation: raised to the level of synchronization (12 on x64), without the lock of the
    /// interrupt.
    Unlocked,
}

/// Gives the values of a choice their names, in the order of their numbers.
macro_rules! values {
    ($($choice:ty { $($value:ident = $name:literal),* })*) => {
        $(impl Value for $choice {
            const NAMES: &'static [&'static str] = &[$($name),*];

            fn index(self) -> usize {
                self as usize
            }

            fn of_index(index: usize) -> Option<Self> {
                [$(Self::$value),*].get(index).copied()
            }
        })*
    };
}

values! {
    UnknownKind {
        None = "none",
        FullySpecified = "specified",
        LineBased = "line",
        MessageBased = "message",
        FullySpecifiedGroup = "group"
    }
    InactiveSynchronize { Forbidden = "forbidden", Runs = "runs", NotCalled = "not-called" }
    High { AsMedium = "as-medium", Masked = "masked", Unlocked = "unlocked" }
}

impl Value for bool {
    const NAMES: &'static [&'static str] = &["no", "yes"];

    fn index(self) -> usize {
        self.into()
    }

    fn of_index(index: usize) -> Option<Self> {
        [false, true].get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_number_names_one_combination() {
        let mut last = None;
        for policy in Policy::all() {
            assert_eq!(Policy::from_number(policy.number()), Some(policy));
            assert!(last < Some(policy.number()));
            last = Some(policy.number());
        }
        assert_eq!(Policy::all().count(), (1 << 14) * 5 * 3);
        assert_eq!(Policy::from_number(5 << 11), None);
        assert_eq!(Policy::from_number(3 << 14), None);
        assert_eq!(Policy::from_number(1 << 19), None);
    }

    #[test]
    fn a_number_keeps_its_meaning() {
        let policy = Policy {
            disconnect_waits: true,
            errors_on_one_processor: true,
            ..Policy::default()
        };
        assert_eq!(Policy::from_number(0b100_0101), Some(policy));
        let policy = Policy {
            interrupt_in_connect: false,
            inactive_messages_kept: true,
            lock_held_in_retrieval: true,
            lock_held_in_record: true,
            descriptor_matched_by_id: true,
            synchronize_returns_true: true,
            null_lock_shared: true,
            above_level_stops: true,
            unknown_kind_not_supported: true,
            unknown_kind: UnknownKind::FullySpecifiedGroup,
            inactive_synchronize: InactiveSynchronize::NotCalled,
            unmaskable_runs: true,
            surprise_removal_overlaps: false,
            line_takes_one_message: true,
            ..Policy::default()
        };
        assert_eq!(Policy::from_number(0b111_1010_0111_1011_1010), Some(policy));
    }

    #[test]
    fn a_number_names_one_combination_of_the_video_port() {
        let all: Vec<_> = VideoPolicy::all().collect();
        assert_eq!(all.len(), 12);
        for (number, policy) in (0..).zip(&all) {
            assert_eq!(policy.number(), number);
        }
        assert_eq!(all[0], VideoPolicy::default());
        assert_eq!(VideoPolicy::from_number(12), None);
        let peer = VideoPolicy {
            low_raises: false,
            medium_degrades: false,
            high: High::Unlocked,
        };
        assert_eq!(VideoPolicy::from_number(0b1001), Some(peer));
    }
}
