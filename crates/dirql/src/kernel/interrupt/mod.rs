//! Connected interrupts, at a device level and at `PASSIVE_LEVEL`.
//!
//! | module | what it holds |
//! |---|---|
//! | `device_level`, `passive_level` | `Interrupt` and `PassiveInterrupt` |
//! | `handle` | what both have in common, over the trait `Lock` |
//! | `shared_lock`, `sharing` | a lock of several interrupts with the state behind it, and `SharedInterrupt` |
//! | `spin_lock`, `event` | the lock of each: how it is connected, held and disconnected |
//! | `connected` | a connection and its context; closures under the lock |
//! | `interrupt_object` | the connection as NT knows it |
//! | `connection`, `descriptor`, `error` | what a driver says and is told of a connect |
//! | `connect_parameters`, `read_back` | what NT is asked, and what it answers |
//! | `dpc`, `dpc_context` | what a service routine queues, and what runs then |
//! | `isr`, `isr_context` | the routines that NT calls, and what their context leads to: the lock and the state |
//! | `passive_contexts` | the numbers that are the contexts of passive-level routines |
//! | `handler`, `handler_block` | the state with its service routine, and where it lies before and after |

mod connect_parameters;
mod connected;
mod connection;
mod descriptor;
mod device_level;
mod dpc;
mod dpc_context;
mod error;
mod event;
mod handle;
mod handler;
mod handler_block;
mod interrupt_object;
mod isr;
mod isr_context;
mod passive_contexts;
mod passive_level;
mod read_back;
mod shared_lock;
mod sharing;
mod spin_lock;

pub use connection::{Connection, ConnectionInfo, ConnectionKind, PhysicalDevice, WithoutMessages};
pub use descriptor::{DescriptorError, InterruptMode, TranslatedInterrupt};
pub use device_level::Interrupt;
pub use dpc_context::{DpcContext, DpcRoutine};
pub use error::{ConnectError, ConnectFailure, ConnectInPlaceError, DisconnectError};
pub use handler::{InterruptHandler, ServiceContext};
pub use handler_block::HandlerBlock;
pub use isr_context::BY_VALUE_MAX;
pub use passive_level::PassiveInterrupt;
pub use shared_lock::SharedLock;
pub use sharing::{SharedInterrupt, Sharing, SharingHandler};
