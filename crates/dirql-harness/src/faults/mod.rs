//! The fault sweep: each call of the driver's that may be refused is refused once, in a run of its own.
//!
//! A workload ([`workload`], [`list`]) is a handful of requests and changes of the device. It runs once, and the simulator notes
//! each call that may be refused ([`ntsim::REFUSALS`]). Then it runs once more for each of those calls and each way in which the
//! page of the routine lets it fail ([`sweep`]). A run is judged by the simulator's rules, by the contract, and by what must be
//! true behind a refusal ([`run`]): nothing is left, nothing hangs, an answer says what has happened, and the driver works again.

pub mod list;
mod player;
pub mod run;
pub mod said;
pub mod sweep;
pub mod workload;
