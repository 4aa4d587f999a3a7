//! `TraceLogging` events from a kernel driver.
//!
//! The events are those of the crate `tracelogging`: its macros encode them, and its types describe them. A driver
//! names this crate `tracelogging`, because that is where the macros look for what they use:
//!
//! ```ignore
//! extern crate dirql_trace as tracelogging;
//!
//! tracelogging::define_provider!(PROVIDER, "Company.Driver");
//! tracelogging::write_event!(PROVIDER, "Start", level(Informational), keyword(1), win_ntstatus("Status", &status));
//! ```
//!
//! What is replaced is the provider ([`Provider`]). The crate's own, in kernel mode too, panics where it is registered
//! twice, which a driver's image must not be able to do. It also keeps what the enable callback says in memory that is
//! not atomic, while other processors read it.
//!
//! | module | what it holds |
//! |---|---|
//! | `provider` | a provider: its registration, whether anybody listens, writing |
//! | `sys` | the kernel's routines |

#![no_std]

mod provider;
mod sys;

pub use provider::Provider;
pub use tracelogging::{
    Channel, Guid, InType, Level, Opcode, OutType, define_provider, write_event,
};

/// What the macros expand to.
#[doc(hidden)]
pub mod _internal {
    pub use tracelogging::_internal::{
        EventDataDescriptor, EventDescriptor, counted_size, meta_as_bytes, slice_count, tag_encode,
        tag_size,
    };

    pub use crate::provider::{provider_new, provider_write_transfer};
}
