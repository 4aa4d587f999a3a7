//! The adapters of a driver that may call the kernel: interrupts and PSHED plug-ins, and what both stand on.
//!
//! | module | what it holds |
//! |---|---|
//! | `platform` | every kernel routine that is called, and the two back ends behind it |
//! | `enter`, `bugcheck` | tokens that look at the IRQL; how the machine is stopped |
//! | `interrupt`, `passive_interrupt` | connected interrupts, and under them what a connect takes |
//! | `revocable` | a value that its owner takes away |
//! | `pshed` | plug-ins, with the feature `pshed` |

mod block;
mod bugcheck;
mod connected;
mod connection;
mod descriptor;
mod enter;
mod error;
mod handler;
mod handler_block;
mod interrupt;
mod link;
mod passive_contexts;
mod passive_interrupt;
mod platform;
#[cfg(feature = "pshed")]
pub mod pshed;
mod read_back;
mod request;
mod revocable;
mod service;

pub use block::BY_VALUE_MAX;
pub use bugcheck::{BUGCHECK_CODE, Reason};
pub use connection::{Connection, ConnectionInfo, ConnectionKind, PhysicalDevice, WithoutMessages};
pub use descriptor::{DescriptorError, InterruptMode, TranslatedInterrupt};
pub use enter::enter;
pub use error::{ConnectError, ConnectFailure, ConnectInPlaceError, DisconnectError};
pub use handler::{InterruptHandler, ServiceContext};
pub use handler_block::HandlerBlock;
pub use interrupt::Interrupt;
pub use passive_interrupt::PassiveInterrupt;
pub use platform::DeviceObject;
#[cfg(feature = "mock")]
pub use platform::mock;
pub use revocable::{Revocable, RevokeError};
