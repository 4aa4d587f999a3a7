//! The contract between the dirql driver and its clients.
//!
//! Control codes, messages and statuses stand here once, and driver, harness, simulator tests and
//! the Windows command all compile against them. The crate is `no_std`, has no `unsafe` of its own,
//! and never changes the meaning of a published code: a change that an old reader would
//! misunderstand raises [`CONTRACT_VERSION`].
//!
//! # Rules that hold for every code
//!
//! Every code is `METHOD_BUFFERED`, on a file type of its own ([`code::DEVICE_TYPE`]), and asks for
//! exactly one access right: read for what only looks, write for what changes state. The driver
//! checks a request in this order and answers with the first failure; a refused request changes
//! nothing:
//!
//! 1. an unknown code, compared in all 32 bits: [`Status::INVALID_DEVICE_REQUEST`];
//! 2. an input that is not exactly as long as the code's request: [`Status::INVALID_BUFFER_SIZE`];
//! 3. an output shorter than the code's reply: [`Status::BUFFER_TOO_SMALL`] (a longer one is
//!    accepted, and only the reply is written: the number of bytes returned is exact);
//! 4. a reserved field that is not 0, an unknown enumeration value, a count or argument out of its
//!    range: [`Status::INVALID_PARAMETER`];
//! 5. a state in which the code cannot be served: [`Status::DEVICE_NOT_READY`] (the hardware is
//!    not started, or its interrupt is lost), [`Status::INVALID_DEVICE_STATE`] (the interrupt is
//!    soft-inactive or busy being reconnected), [`Status::NOT_SUPPORTED`] (the device's resources
//!    cannot serve the kind).
//!
//! [`Status::INTERNAL_ERROR`] answers a code that needs the interrupt lock, where the system came back
//! without having run the closure; [`code::SYNCHRONIZE`] succeeds and counts it in its reply, and so do
//! [`code::RAISE`], where another of its closures ran, and [`code::STRESS`] for its transfers. No system is
//! known to; a driver cannot rule it out.
//!
//! [`Status::INSUFFICIENT_RESOURCES`] answers any code where the system has no memory for the request's buffers.
//!
//! No message carries an address, a length to map or a register offset, in either direction.
//!
//! | module | what it holds |
//! |---|---|
//! | [`code`] | control codes and the device interface |
//! | [`status`] | the statuses that the driver answers |
//! | [`connection`] | connection kinds, the query and reconnect messages |
//! | [`synchronize`] | one closure under the interrupt lock |
//! | [`interrupt`] | raising causes, waiting for interrupts, the soft state |
//! | [`stress`] | many threads and interrupts on the shared state |
//! | [`pshed`] | the PSHED plug-in and its error sources |
//! | [`statistics`] | counters and histograms |
//! | [`video`] | the requests of the video miniport, which have rules of their own |

#![no_std]
#![forbid(unsafe_code)]

pub mod code;
pub mod connection;
pub mod interrupt;
pub mod pshed;
pub mod statistics;
pub mod status;
pub mod stress;
pub mod synchronize;
pub mod video;

pub use code::ControlCode;
pub use nt_model::Status;

/// The version of this contract, returned by [`code::QUERY`].
pub const CONTRACT_VERSION: u32 = 1;
