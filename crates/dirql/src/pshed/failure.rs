//! Why a plug-in could not be registered.

use core::{error::Error, fmt};

/// Why a plug-in could not be registered. The state of PSHED is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterFailure {
    /// IRQL was above `PASSIVE_LEVEL`.
    AbovePassive,
    /// The platform has no WHEA for the whole system (`PshedIsSystemWheaEnabled`).
    NoWhea,
    /// There was no non-paged memory for the plug-in.
    NoMemory,
    /// No functional area was listed.
    NoArea,
    /// `PshedRegisterPlugin` answered this `NTSTATUS`.
    Refused(i32),
    /// `PshedRegisterPlugin` succeeded and gave no handle. The plug-in stays registered, and its memory is
    /// kept for ever, because nothing can unregister it.
    NoHandle,
}

impl fmt::Display for RegisterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AbovePassive => f.write_str("registering needs PASSIVE_LEVEL and IRQL is higher"),
            Self::NoWhea => f.write_str("WHEA is not enabled for the whole system"),
            Self::NoMemory => f.write_str("no non-paged memory for the plug-in"),
            Self::NoArea => f.write_str("the plug-in takes part in no functional area"),
            Self::Refused(status) => write!(f, "PshedRegisterPlugin answered {status:#010x}"),
            Self::NoHandle => f.write_str("the system gave no handle to unregister the plug-in by"),
        }
    }
}

impl Error for RegisterFailure {}

/// A failed registration, with the plug-in unless the system kept it.
pub struct RegisterError<P> {
    /// Why it failed.
    pub failure: RegisterFailure,
    /// The plug-in; none for [`RegisterFailure::NoHandle`].
    pub plugin: Option<P>,
}

impl<P> fmt::Debug for RegisterError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterError")
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl<P> fmt::Display for RegisterError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl<P> Error for RegisterError<P> {}
