//! What every KMDF driver in Rust says to the framework in the same words.
//!
//! The examples and the guests of the simulator use it. It is a convenience, and no wrapper: each function is one call or
//! two, its contract is that of the page it names, and handles stay the framework's.
//!
//! | module | what it holds |
//! |---|---|
//! | [`entry`] | `DriverEntry` |
//! | [`structure`] | the framework's structures, as its `_INIT` functions leave them |
//! | [`context`] | a context of a type, behind a framework object |
//! | [`count`] | numbers that anything adds to, at any level |
//! | [`device`] | a device, its queues and its interface |
//! | [`hardware`] | the memory window and the interrupt of a device, among its resources |
//! | [`file`] | the objects of open handles |
//! | [`parameters`] | a value of the service's `Parameters` key |
//! | [`lock`] | data behind a framework spin lock |
//! | [`window`] | mapped registers |
//! | [`request`] | the buffers and the completion of a request |
//! | [`status`] | NTSTATUS values |

#![no_std]

pub mod context;
pub mod count;
pub mod device;
pub mod entry;
pub mod file;
pub mod hardware;
pub mod lock;
pub mod parameters;
pub mod request;
pub mod status;
pub mod structure;
pub mod window;
