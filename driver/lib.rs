//! A KMDF driver for QEMU's `edu` device (PCI 1234:11E8) that proves the dirql adapter on a connected
//! interrupt.
//!
//! The device raises any interrupt cause on demand, so that a test decides when the service routine
//! runs. The driver connects that interrupt through [`dirql::Interrupt`], keeps everything that the
//! service routine shares with the rest of the driver in one value behind the interrupt lock
//! (`shared`), and answers the control codes of [`dirql_ioctl`] on it.
//!
//! | module | what it holds |
//! |---|---|
//! | `entry` | `DriverEntry` |
//! | `device` | one device: its context, how it is added |
//! | `pnp` | start, stop, power |
//! | `resources` | the memory and the interrupt among a device's resources |
//! | `mapping`, `registers` | the device's registers behind a typed window |
//! | `hardware` | a started device: its register window and its interrupt |
//! | `interrupt`, `connect` | where the interrupt is, live or parked; connecting it by any kind |
//! | `shared`, `ledger` | the state behind the interrupt lock, and the service routine |
//! | `reach` | whether the service routine may touch the device |
//! | `dpc` | what follows an interrupt at `DISPATCH_LEVEL` |
//! | `queue`, `request`, `call` | from an I/O request to a typed call and its completion |
//! | `query`, `synchronize`, `raise`, `wait`, `stress`, `reconnect`, `soft`, `statistics` | a control code each |
//! | `waits` | the requests that wait for an interrupt |
//! | `board`, `thread` | the accounts of a stress run; threads that cannot outlive their owner |
//! | `exclusive`, `counters` | who owns the connection for a while; what is counted outside the lock |
//! | `atomics` | which memory is atomic, for tools |
//! | `trace` | the events that the driver writes |
//! | `pshed` | the PSHED plug-in and its error sources (feature `pshed`) |
//! | `context`, `status` | contexts of framework objects; NTSTATUS values |
//!
//! Device and queues run their callbacks at `PASSIVE_LEVEL` without the framework's locks: what needs
//! exclusion says so where it stands. Nothing here allocates.

#![no_std]

// The panic handler. Nothing in a release image reaches it: the inspection of the image refuses one that
// holds the handler's bug check code.
extern crate wdk_panic;

// The macros of `tracelogging` look for what they use in a crate of that name.
extern crate dirql_trace as tracelogging;

mod atomics;
mod board;
mod call;
mod connect;
mod context;
mod counters;
mod device;
mod dpc;
mod entry;
mod exclusive;
mod hardware;
mod interrupt;
mod ledger;
mod mapping;
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
