//! The PSHED plug-in: registered when the driver is loaded, unregistered before it is unloaded.
//!
//! What the platform lacks is reported and costs nothing else: a driver without WHEA serves its device.

mod adopt;
mod atomics;
mod inject;
mod own_source;
mod parameters;
mod plugin;
mod query;
mod registered;
mod sources;
mod synchronize;

pub(crate) use adopt::Adopt;
pub(crate) use inject::Inject;
pub(crate) use query::{Query, Sources};
pub(crate) use registered::{start, stop};
pub(crate) use synchronize::Synchronize;
