//! Offender: a KMDF driver that breaks a rule of the kernel on request.
//!
//! A guest for the simulator, whose checks it proves. Each rule is a pair of IOCTLs ([`protocol`]):
//! one breaks it in one place, the other does the same work and keeps it. The simulator must stop at
//! the first, at the line below the comment `breaks:`, and have nothing to say about the second.
//!
//! Contracts are broken here on purpose, and a `SAFETY` comment says where. Where the compiler could
//! take a broken contract as a licence to remove code, the value goes through `black_box`.
//!
//! It runs on any device. What needs an interrupt or registers expects those of QEMU's edu.
//!
//! | module | what it holds |
//! |---|---|
//! | [`device`], [`hardware`] | the device and its context; its registers, its start and its power |
//! | [`call`] | a request, and what becomes of it |
//! | [`deeds`] | the table of what can be asked for |
//! | [`heap`] | the heap of the Rust library, for what is done through dirql |
//! | [`thread`], [`event`], [`irql`] | threads, events and IRQLs as a driver may use them |
//! | [`atomics`] | which memory is atomic, for tools |
//! | [`protocol`] | names and codes |

#![no_std]

extern crate alloc;
extern crate wdk_panic;

mod atomics;
mod call;
mod deeds;
mod device;
mod event;
mod hardware;
mod heap;
mod irql;
mod protocol;
mod thread;

guest::driver_entry!(device::add);
