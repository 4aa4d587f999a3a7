//! What every KMDF driver says to the framework in the same words, for the guests of the simulator.
//!
//! | module | what it holds |
//! |---|---|
//! | [`entry`] | `DriverEntry` |
//! | [`structure`] | the framework's structures, as its `_INIT` functions leave them |
//! | [`context`] | a context of a type, behind a framework object |
//! | [`count`] | numbers that anything adds to, at any level |
//! | [`device`] | a device, its queues and its interface |
//! | [`file`] | the objects of open handles |
//! | [`parameters`] | a value of the service's `Parameters` key |
//! | [`lock`] | data behind a framework spin lock |
//! | [`request`] | the buffers and the completion of a request |
//! | [`status`] | NTSTATUS values |

#![no_std]

pub mod context;
pub mod count;
pub mod device;
pub mod entry;
pub mod file;
pub mod lock;
pub mod parameters;
pub mod request;
pub mod status;
pub mod structure;
