//! A simulated NT kernel: it loads a `.sys`, runs it on emulated processors, schedules, checks and
//! records.
//!
//! The image is the one that ships, unmodified. It runs in an ordinary process, deterministically:
//! a run is a function of the image, the host's requests and a [`Config`], which a short token
//! names.
//!
//! **Processors.** One emulator holds the registers of one strand of execution, an activation; the
//! others are saved. A thread is an activation, and so is every ISR chain and DPC that a virtual
//! processor runs on top of its thread. Before each instruction a hook decides whether something
//! else goes on: another processor, an interrupt that hardware could deliver right there, a DPC, a
//! thread. A call of the kernel is a fetch from a trap address; what the kernel then does is an
//! ordinary Rust function, and a kernel routine that calls the driver leaves a plain value behind
//! that says how it goes on. No host stack is ever suspended.
//!
//! **What is explored** is sequential consistency at the granularity of instructions, and, in
//! [`explore`], of the two accesses of an unlocked read-modify-write: orders that only a weaker
//! memory model allows are not seen, and a pass is no proof.
//!
//! **What is checked.** Each export has an IRQL range, and each object a state; a broken rule ends
//! the run with the rule's name, what happened, `file:line` from the PDB and the token
//! ([`Failure`]). Where NT's documentation leaves something open, a [`Policy`] names the choice.
//!
//! The crate knows no particular driver. What it does not model it names, and stops.

#![forbid(unsafe_code)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "a routine that takes a 32-bit parameter looks at no more of its register, and guest lengths are bounded before they are narrowed"
)]
#![expect(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "every routine of an export table has the one signature of the table"
)]

mod declared;
pub mod device;
mod etw;
pub mod explore;
mod guest;
mod kernel;
mod machine;
pub mod picture;
mod system;
mod video_port;
mod wdf;
mod whea;

pub use declared::refusals::{Answer, REFUSALS, Refusal, refusals};
pub use etw::TraceSession;
pub use guest::code::coverage::{Coverage, Missed};
pub use image::{Allow, Image, ImageError};
pub use kernel::state::{
    conflicts::Conflicts,
    interrupt::Neighbour,
    log::{Argument, Event, EventKind, EventLog},
    plan::{Offer, Plan, Points, Turn},
    refused::FailableCall,
    timeline::{Decision, Entry, Lane, Span, SpanKind, Timeline, What},
    trace_event::{TraceEvent, TraceField, TraceValue},
    uses::Uses,
};
pub use machine::{
    ClientThread, Completion, FileId, Machine, OrderId, RequestId, Sender, Summary,
    setup::SetupError,
    sites::CallSite,
    snapshot::{Snapshot, State},
    started::Started,
};
pub use nt_model::{
    CPUS_MAX, Cause, Choice, ChoiceError, Config, DeviceState, ErrorSourceKind, ErrorSourceReport,
    Failure, High, InactiveSynchronize, InjectedFailure, InterruptResource, Limit, Order,
    OrderOutcome, Policy, Rule, Rules, Severity, Status, Strategy, TokenError, Transition,
    UnknownKind, UnknownRule, VideoPolicy, program_version, token_version,
};
pub use system::accounts::Accounts;
pub use system::exports::needs::{Need, Support, needs};
pub use video_port::{Stimulus, VideoCompletion, VideoRequestId, VideoRun};
pub use wdf::state::registry::{RegistryKey, RegistryValue};
pub use whea::{DriverReport, FatalStop, ReportSection};
