//! Why a plug-in could not be registered.

use core::{error::Error, fmt};

use super::{PluginBlock, PshedPlugin};

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
}

impl fmt::Display for RegisterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AbovePassive => f.write_str("registering needs PASSIVE_LEVEL and IRQL is higher"),
            Self::NoWhea => f.write_str("WHEA is not enabled for the whole system"),
            Self::NoMemory => f.write_str("no non-paged memory for the plug-in"),
            Self::NoArea => f.write_str("the plug-in takes part in no functional area"),
            Self::Refused(status) => write!(f, "PshedRegisterPlugin answered {status:#010x}"),
        }
    }
}

impl Error for RegisterFailure {}

/// A failed registration, with the plug-in unless it is kept.
pub struct RegisterError<P> {
    /// Why it failed.
    pub failure: RegisterFailure,
    /// The plug-in. None where [`register_for_ever`](super::register_for_ever) was
    /// [refused](RegisterFailure::Refused): a callback of version 1 may be a thread that PSHED has started before
    /// it refused. Nothing can wait for that thread, so the memory that it would use is kept, and the image has to
    /// stay.
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

/// A failed registration in place, with the plug-in in its block unless it is kept.
pub struct RegisterInPlaceError<P: PshedPlugin> {
    /// Why it failed.
    pub failure: RegisterFailure,
    /// The plug-in, which can be looked at, registered again or dropped. None where
    /// [`register_for_ever_in_place`](super::register_for_ever_in_place) was refused, for the reason that
    /// [`RegisterError::plugin`] gives.
    pub block: Option<PluginBlock<P>>,
}

impl<P: PshedPlugin> fmt::Debug for RegisterInPlaceError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterInPlaceError")
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl<P: PshedPlugin> fmt::Display for RegisterInPlaceError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl<P: PshedPlugin> Error for RegisterInPlaceError<P> {}
