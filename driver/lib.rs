//! A KMDF driver for QEMU's `edu` device (PCI 1234:11E8) that proves the dirql adapter on a connected
//! interrupt.
//!
//! The device raises any interrupt cause on demand, so that a test decides when the service routine
//! runs. The driver connects that interrupt through [`dirql::Interrupt`], or, built as `dirql_wdf.sys` with
//! `cfg(framework_interrupt)`, has the framework connect it, through `dirql::wdf`. It keeps everything that the
//! service routine shares with the rest of the driver in one value behind the interrupt lock
//! (`shared`), and answers the control codes of [`dirql_ioctl`] on it.
//!
//! Each module knows those below it in this table, and none above.
//!
//! | module | what it holds |
//! |---|---|
//! | `entry` | `DriverEntry` |
//! | `add`, `atomics` | how a device is put together; which memory is atomic, for tools |
//! | `queue`, `pnp` | from an I/O request to its control code; start, stop and power |
//! | `query`, `synchronize`, `raise`, `wait`, `stress`, `reconnect`, `soft`, `statistics` | a control code each |
//! | `pshed` | the PSHED plug-in, its error sources and its control codes (feature `pshed`) |
//! | `call`, `follow` | a typed call, checked, served and completed; what follows an interrupt at `DISPATCH_LEVEL` |
//! | `device` | one device: the context that its callbacks share |
//! | `hardware` | a started device: its register window and its interrupt |
//! | `interrupt` | where the interrupt is, live or parked; connecting it by any kind; what stays meanwhile |
//! | `shared` | the state behind the interrupt lock, and the service routine |
//! | `operation`, `board` | the run of a stress request, and its accounts |
//! | `resources`, `mapping`, `registers` | the device's resources, and its registers behind a typed window |
//! | `reach` | whether the service routine may touch the device |
//! | `dpc`, `request`, `waits`, `thread` | objects of the framework and of NT, each by its handle |
//! | `trace` | the events that the driver writes |
//! | `ledger`, `counters`, `exclusive` | what is written down under the lock; what is counted outside; who owns the connection |
//! | `context`, `status`, `list` | contexts of framework objects; NTSTATUS values; a list in pool |
//! | `load_configuration` | what the image's header says to a loader, where no kit's library says it |
//!
//! Device and queues run their callbacks at `PASSIVE_LEVEL` without the framework's locks: what needs
//! exclusion says so where it stands. One thing is allocated through `alloc`, a stress run's list of threads, and a system
//! without memory for it is an error like any other (`list`).

#![no_std]

extern crate alloc;

// The panic handler. Nothing in a release image reaches it: the inspection of the image refuses one that
// holds the handler's bug check code.
extern crate wdk_panic;

// The macros of `tracelogging` look for what they use in a crate of that name.
extern crate dirql_trace as tracelogging;

mod add;
mod atomics;
mod board;
mod call;
mod close;
mod context;
mod counters;
mod device;
mod dpc;
mod entry;
mod exclusive;
mod file;
mod follow;
mod hardware;
mod interrupt;
mod ledger;
mod list;
#[cfg(all(windows, not(over_a_kit)))]
#[path = "../cross/load_configuration.rs"]
mod load_configuration;
mod mapping;
mod operation;
mod pnp;
#[cfg(feature = "pshed")]
mod pshed;
mod query;
mod queue;
mod raise;
mod reach;
mod reconnect;
mod registers;
mod request;
mod resources;
mod shared;
mod soft;
mod statistics;
mod status;
mod stress;
mod synchronize;
mod thread;
mod trace;
mod wait;
mod waits;

use wdk_alloc::WdkAllocator;

#[global_allocator]
static ALLOCATOR: WdkAllocator = WdkAllocator;
