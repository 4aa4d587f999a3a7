//! Why an interrupt could not be connected or disconnected. What was to be connected, and what could
//! not be disconnected, comes back in the error.

use core::{error::Error, fmt};

use super::{HandlerBlock, InterruptHandler};

/// Why an interrupt could not be connected. The state of the device and of NT is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// IRQL was above `PASSIVE_LEVEL`.
    AbovePassive,
    /// There was no non-paged memory for the state.
    NoMemory,
    /// The interrupt has this level, which is not that of a device: level zero is for
    /// [`PassiveInterrupt`](crate::PassiveInterrupt).
    NotADeviceLevel(u8),
    /// The interrupt has this level, and a passive-level interrupt has level zero.
    NotPassiveLevel(u8),
    /// An interrupt is a message, and a line was wanted.
    NotALine,
    /// No interrupt was named, and those of the device were to be.
    NoInterrupts,
    /// The interrupt has a higher level than the lock that it is to share, which would be waited for by what interrupted its
    /// holder.
    AboveLock {
        /// The level of the interrupt.
        interrupt: u8,
        /// The level at which the lock is held.
        lock: u8,
    },
    /// An interrupt that NT finds is of an unknown level, and one that shares a lock was to be specified.
    NotSpecified,
    /// The interrupt is in this processor group, and the kind of connection reaches group 0 only.
    NotInGroupZero(u16),
    /// `IoConnectInterruptEx` answered this `NTSTATUS`.
    Refused(i32),
    /// NT made a connection of this version, which was not asked for; it has been disconnected.
    UnexpectedVersion(u32),
    /// The messages came with this unified IRQL, by which one lock cannot exclude them all; they have
    /// been disconnected.
    NotUnified(u8),
    /// NT connected no message, or none with an interrupt object; the table has been disconnected.
    NoMessages,
}

impl ConnectFailure {
    /// The `NTSTATUS` of `IoConnectInterruptEx`, where that is the reason.
    #[must_use]
    pub const fn status(self) -> Option<i32> {
        match self {
            Self::Refused(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AbovePassive => f.write_str("connecting needs PASSIVE_LEVEL and IRQL is higher"),
            Self::NoMemory => f.write_str("no non-paged memory for the interrupt's state"),
            Self::NotADeviceLevel(level) => {
                write!(f, "level {level} is not that of a device interrupt")
            }
            Self::NotPassiveLevel(level) => {
                write!(f, "level {level} is not that of a passive-level interrupt")
            }
            Self::NotALine => f.write_str("the interrupt is a message and not a line"),
            Self::NoInterrupts => f.write_str("none of the device's interrupts was named"),
            Self::AboveLock { interrupt, lock } => write!(
                f,
                "the interrupt has level {interrupt}, above {lock}, at which the lock is held that it was to share"
            ),
            Self::NotSpecified => {
                f.write_str("an interrupt that shares a lock has to be fully specified")
            }
            Self::NotInGroupZero(group) => write!(
                f,
                "the interrupt is in processor group {group}, which needs the group form"
            ),
            Self::Refused(status) => write!(f, "IoConnectInterruptEx answered {status:#010x}"),
            Self::UnexpectedVersion(version) => {
                write!(f, "the system made a connection of version {version}")
            }
            Self::NotUnified(irql) => write!(
                f,
                "the messages have unified IRQL {irql}, so that one lock cannot exclude them"
            ),
            Self::NoMessages => f.write_str("the system connected no message"),
        }
    }
}

impl Error for ConnectFailure {}

/// A failed connect, with the handler that was to be connected.
pub struct ConnectError<H> {
    /// Why it failed.
    pub failure: ConnectFailure,
    /// The handler, as it was given, or as interrupts left it that came before the failure.
    pub handler: H,
}

impl<H> fmt::Debug for ConnectError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectError")
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl<H> fmt::Display for ConnectError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl<H> Error for ConnectError<H> {}

/// A failed connect in place, with the handler in its block.
pub struct ConnectInPlaceError<H: InterruptHandler> {
    /// Why it failed.
    pub failure: ConnectFailure,
    /// The handler, as it was given, or as interrupts left it that came before the failure. It can be
    /// looked at, connected again or dropped.
    pub block: HandlerBlock<H>,
}

impl<H: InterruptHandler> fmt::Debug for ConnectInPlaceError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectInPlaceError")
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl<H: InterruptHandler> fmt::Display for ConnectInPlaceError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl<H: InterruptHandler> Error for ConnectInPlaceError<H> {}

/// A disconnect that was refused, because IRQL was above `PASSIVE_LEVEL`.
///
/// The interrupt comes back, connected as before. Dropped where it is, it would stop the machine.
#[must_use = "the interrupt is still connected"]
pub struct DisconnectError<I> {
    /// The interrupt.
    pub interrupt: I,
}

impl<I> fmt::Debug for DisconnectError<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DisconnectError").finish_non_exhaustive()
    }
}

impl<I> fmt::Display for DisconnectError<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("disconnecting needs PASSIVE_LEVEL and IRQL is higher")
    }
}

impl<I> Error for DisconnectError<I> {}
