//! The words that a run of a driver is told in, whatever runs it.
//!
//! The simulator (`ntsim`), the harness (`dirql-harness`), the tests and the driver's own contract (`dirql-ioctl`) speak of the
//! same things: an NTSTATUS, a broken rule, a change of power, an error source. Each has one type, and it is here. The crate
//! does nothing: how a routine fails or a device stops is for who plays it.
//!
//! | module | what it names |
//! |---|---|
//! | [`status`] | NTSTATUS codes |
//! | [`rule`] | what a run checks of a driver, and which of it |
//! | [`failure`] | how a run ends badly: by what, where, on which calls |
//! | [`policy`] | what NT's documentation leaves open, a choice each |
//! | [`choice`] | the same choices by name |
//! | [`config`] | what a run depends on, and its replay token |
//! | [`pnp`] | changes of power and resources, and where a device stands |
//! | [`whea`] | error sources, what becomes of their errors, and what PSHED is told to do |
//! | [`injected`] | calls that are made to fail |
//! | [`command_line`] | words of the command that makes a run again |

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "alloc")]
pub mod choice;
#[cfg(feature = "alloc")]
pub mod command_line;
#[cfg(feature = "alloc")]
pub mod config;
#[cfg(feature = "alloc")]
pub mod failure;
#[cfg(feature = "alloc")]
pub mod injected;
#[cfg(feature = "alloc")]
pub mod pnp;
#[cfg(feature = "alloc")]
pub mod policy;
#[cfg(feature = "alloc")]
pub mod rule;
pub mod status;
#[cfg(feature = "alloc")]
pub mod whea;

#[cfg(feature = "alloc")]
pub use self::{
    choice::{Choice, ChoiceError},
    config::{CPUS_MAX, Config, InterruptResource, Strategy, TokenError},
    failure::{Cause, Failure, Finding, Limit},
    injected::InjectedFailure,
    pnp::{DeviceState, Transition},
    policy::{High, InactiveSynchronize, Policy, UnknownKind, VideoPolicy},
    rule::{Rule, Rules, UnknownRule},
    whea::{ErrorSourceKind, ErrorSourceReport, Order, OrderOutcome, Severity},
};
pub use status::Status;
