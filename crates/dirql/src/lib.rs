//! Safe closures over Windows' synchronize-execution routines.
#![no_std]

#[cfg(not(feature = "wdk"))]
extern crate std;

mod block;
mod bugcheck;
mod connected;
mod connection;
mod descriptor;
mod error;
mod handler;
mod interrupt;
mod irql;
mod link;
mod outcome;
mod passive_interrupt;
mod platform;
mod revocable;
mod service;
mod thunk;

pub use bugcheck::{BUGCHECK_CODE, Reason};
pub use connection::{Connection, ConnectionInfo, ConnectionKind, PhysicalDevice, WithoutMessages};
pub use descriptor::{DescriptorError, InterruptMode, TranslatedInterrupt};
pub use error::{ConnectError, ConnectFailure, DisconnectError};
pub use handler::{InterruptHandler, ServiceContext, Serviced};
pub use interrupt::Interrupt;
pub use irql::{Dispatch, Irql, Level, Passive, enter};
pub use outcome::{NotRun, Outcome};
pub use passive_interrupt::PassiveInterrupt;
pub use platform::DeviceObject;
#[cfg(not(feature = "wdk"))]
pub use platform::mock;
pub use revocable::{Revocable, RevokeError};
