//! What the end-to-end tests share: the built images, and machines that run them.
//!
//! The tests load drivers that were built and linked for Windows, and never a mock of one:
//!
//! | driver | what it is here for |
//! |---|---|
//! | `dirql_driver` | the project's own, on QEMU's edu |
//! | `doorbell` | a driver of another kind: the simulator knows nothing of dirql |
//! | `offender` | breaks each rule that the simulator checks, and keeps each |
//! | `cost` | connects and synchronizes in several ways, to be counted and measured |
//! | `plugin` | calls what PSHED and WHEA export, as a test tells it |
//! | `beacon` | has the framework own its interrupt, rightly and wrongly |
//! | `classic` | in C, as Microsoft's tools build a driver: cookie, guard, inlined headers, both forms of binding |
//! | `clerk` | accesses I/O ports, and shares memory with the device behind them, rightly and wrongly |
//! | `keeper` | in C: meets what the framework promises of locks, levels and the ends of objects, and breaks it |
//! | `dirql_video` | the project's video miniport, on an adapter that interrupts |
//! | `relay` | hands requests from queue to queue, rightly and wrongly |
//! | `sampler` | has a device read and write memory, and asks the bus driver, rightly and wrongly |
//! | `sentry` | has its interrupt behind an adapter of dirql, whosever it is |
//! | `trespasser` | a video miniport that breaks the rules of the port driver, and keeps them |
//!
//! | module | what it holds |
//! |---|---|
//! | [`images`] | where the images are |
//! | [`programs`] | `offender` with machine code in the room that it has for it |
//! | [`session`] | a machine with one open handle |
//! | [`beacon`], [`classic`], [`clerk`], [`cost`], [`dirql`], [`doorbell`], [`keeper`], [`offender`], [`plugin`], [`relay`], [`sampler`], [`sentry`], [`video`] | how to talk to each driver |
//! | [`scripts`] | a fixed conversation with each driver, for runs that are compared |
//! | [`trace`] | questions to an event log |

pub mod beacon;
pub mod classic;
pub mod clerk;
pub mod cost;
pub mod dirql;
pub mod doorbell;
pub mod images;
pub mod keeper;
pub mod offender;
pub mod plugin;
pub mod programs;
pub mod relay;
pub mod sampler;
pub mod scripts;
pub mod sentry;
pub mod session;
pub mod trace;
pub mod uninitialized;
pub mod video;
