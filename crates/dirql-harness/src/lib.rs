//! The command `dirql`: drives the driver by its IOCTLs and judges every answer.
//!
//! One set of suites runs in two places. In the simulator (feature `sim`) each test boots a machine
//! of its own, in every variant: a line or a message as the device's interrupt resource, threads
//! that run until they block or that are preempted anywhere by a seeded schedule; each ends with
//! the driver unloaded and a check that nothing leaked. On a device (Windows) the same tests drive
//! the installed driver through its device interface.
//!
//! Two rules keep a pass worth something. Every completion, whatever the test that caused it looks
//! at, goes past a judge that knows the contract alone and shares no code with the driver. And a
//! test that cannot conclude anything says so: it is skipped with a reason, never passed.
//!
//! | module | what it holds |
//! |---|---|
//! | [`cli`], [`exit`] | the command line and the exit codes |
//! | [`command`] | the subcommands |
//! | [`target`] | where the driver runs: simulator or device |
//! | [`message`], [`contract`] | the control codes as types, and the judge |
//! | [`fixture`], [`check`] | what a test holds, and how it fails |
//! | [`suites`] | the tests |
//! | [`plan`], [`seed`], [`run`] | which tests run, with which seeds, and their outcome |
//! | `sweep` | which tests run under which policies of the simulator |
//! | [`bugcheck`] | what a stopped machine's five numbers mean |
//! | [`fuzz`] | programs of requests that nothing thought of |
//! | `explore` | every schedule of a scenario under a bound |
//! | `interrupt` | Ctrl-C, where the simulator runs |
//! | [`processor_time`] | what a measurement is told in |
//! | [`ledger`], [`report`], [`progress`], [`output`] | what was asked and answered, and how it is told |

pub mod bugcheck;
pub mod check;
pub mod cli;
pub mod command;
pub mod contract;
mod damage;
pub mod exit;
#[cfg(feature = "sim")]
pub mod explore;
#[cfg(feature = "sim")]
pub mod faults;
pub mod fixture;
pub mod fuzz;
#[cfg(feature = "sim")]
mod interrupt;
pub mod ledger;
pub mod message;
pub mod output;
pub mod plan;
pub mod processor_time;
pub mod progress;
pub mod report;
pub mod run;
pub mod seed;
pub mod suites;
#[cfg(feature = "sim")]
pub mod sweep;
pub mod target;
