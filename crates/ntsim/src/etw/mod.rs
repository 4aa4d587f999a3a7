//! Event tracing: the providers that the driver registers, the session that listens, and what it hears.
//!
//! The host is the session. It listens before the driver is loaded, or begins and stops while the driver runs: then
//! a thread of the system tells each provider by its callback. What is written while something listens is decoded
//! ([`decode`]) and logged; what nothing listens to is dropped, as in NT.

mod decode;
mod provider;
mod session;
mod write;

use std::collections::BTreeMap;

use crate::kernel::{Kernel, state::log::Event};

pub use session::TraceSession;

pub(crate) use session::EtwFrame;

/// A registered provider.
#[derive(Clone, Debug)]
struct Provider {
    /// Its GUID, in memory order.
    id: [u8; 16],
    /// Its enable callback; 0 without.
    callback: u64,
    context: u64,
    /// The name among its traits, once it has set them.
    name: Option<String>,
    /// Calls of its callback that have not returned.
    in_callback: u32,
}

impl Provider {
    /// The GUID as text: its first three fields are numbers in the order of memory.
    fn guid(&self) -> String {
        let bits = u128::from_le_bytes(self.id);
        let (first, second, third) = (bits as u32, (bits >> 32) as u16, (bits >> 48) as u16);
        let rest = ((bits >> 64) as u64).swap_bytes();
        let (fourth, fifth) = (rest >> 48, rest & 0xFFFF_FFFF_FFFF);
        format!("{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{fifth:012x}")
    }
}

/// The state of event tracing.
#[derive(Clone, Default)]
pub(crate) struct Etw {
    session: Option<TraceSession>,
    /// Whether what is heard is kept for a host that is told of each event.
    pub(crate) tells: bool,
    /// What the host is still to be told of.
    pub(crate) untold: Vec<Event>,
    providers: BTreeMap<u64, Provider>,
    registered: u64,
}

/// Event tracing at work: its own state and the kernel's, and nothing else.
pub(crate) struct Tracing<'s, A> {
    pub(crate) kernel: &'s mut Kernel<A>,
    pub(crate) etw: &'s mut Etw,
}
