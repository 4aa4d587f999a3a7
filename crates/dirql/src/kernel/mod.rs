//! The adapters of a driver that may call the kernel: interrupts and PSHED plug-ins, and what both stand on.
//!
//! | module | what it holds |
//! |---|---|
//! | `platform` | every kernel routine that is called, and the two back ends behind it |
//! | `enter`, `bugcheck` | tokens that look at the IRQL; how the machine is stopped |
//! | `routine_count` | the count of routines inside, by which they are waited out |
//! | `shared_block` | a lock and its state, to which several values lead |
//! | `interrupt` | connected interrupts |
//! | `revocable` | a value that its owner takes away |
//! | `pshed` | plug-ins, with the feature `pshed` |
//! | `wdf` | interrupts of the framework's, with the feature `wdf` |

mod bugcheck;
mod enter;
mod interrupt;
mod platform;
#[cfg(feature = "pshed")]
pub mod pshed;
mod revocable;
mod routine_count;
mod shared_block;
#[cfg(feature = "wdf")]
pub mod wdf;

pub use bugcheck::{BUGCHECK_CODE, Reason};
pub use enter::enter;
pub use interrupt::{
    BY_VALUE_MAX, ConnectError, ConnectFailure, ConnectInPlaceError, Connection, ConnectionInfo,
    ConnectionKind, DescriptorError, DisconnectError, DpcContext, DpcRoutine, HandlerBlock,
    Interrupt, InterruptHandler, InterruptMode, PassiveInterrupt, PhysicalDevice, ServiceContext,
    SharedInterrupt, SharedLock, Sharing, SharingHandler, TranslatedInterrupt, WithoutMessages,
};
pub use platform::DeviceObject;
#[cfg(feature = "mock")]
pub use platform::mock;
pub use revocable::{Revocable, RevokeError};
