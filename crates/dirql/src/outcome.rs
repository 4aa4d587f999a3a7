//! What a synchronize call did: the closure's result, or why there is none, and what NT said.

use core::{error::Error, fmt};

/// Why a closure did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotRun {
    /// The NT routine returned without having called its routine.
    NotCalled,
    /// IRQL was above `PASSIVE_LEVEL` where the call needs it, so NT was not asked.
    AbovePassive,
    /// Something was inside the state, where NT's lock is not known to keep everybody out.
    Contended,
    /// The error source is not one that an IRQL can mask, so NT was not asked.
    NotMaskable,
    /// The error source is not the one whose state this is, so NT was not asked.
    OtherSource,
    /// No interrupt is connected, so there is nothing to synchronize with, and NT was not asked.
    NoInterrupt,
}

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCalled => "the system did not call the routine",
            Self::AbovePassive => "the call needs PASSIVE_LEVEL and IRQL is higher",
            Self::Contended => "something else was inside the state",
            Self::NotMaskable => "no IRQL masks the handler of the error source",
            Self::OtherSource => "the state belongs to another error source",
            Self::NoInterrupt => "no interrupt is connected, so nothing would be excluded",
        })
    }
}

impl Error for NotRun {}

/// A synchronize call with what is needed to diagnose it.
///
/// The BOOLEAN of the NT routine cannot tell "did not run" from "ran and said FALSE", so no decision
/// in this crate rests on it. It is kept because a test of the system wants to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Outcome<R> {
    /// What the closure returned.
    pub result: Result<R, NotRun>,
    /// The raw BOOLEAN: any value but zero is true. Zero where NT was not asked.
    ///
    /// The routine of this crate always returns TRUE.
    pub raw: u8,
    /// How often NT called the routine: 0, 1, or 2 for two calls and any number above.
    ///
    /// Only the first call runs the closure.
    pub calls: u32,
}

impl<R> Outcome<Result<R, NotRun>> {
    /// Takes a closure that declined by itself for one that did not run.
    pub fn flatten(self) -> Outcome<R> {
        Outcome {
            result: self.result.flatten(),
            raw: self.raw,
            calls: self.calls,
        }
    }
}
