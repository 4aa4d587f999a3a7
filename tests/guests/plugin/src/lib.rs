//! Plugin: a KMDF driver that calls what PSHED and WHEA export, with the arguments and at the IRQL that it is told.
//!
//! A guest for the simulator, which is asked through it: what each routine refuses, and what it calls back with. It has
//! no rules of its own. It holds memory whose bytes a client sets and reads, callbacks that write down what they were
//! given, and one IOCTL. Whatever contract is broken, the client breaks.
//!
//! | module | what it holds |
//! |---|---|
//! | [`device`] | the device and its queue |
//! | [`control`] | the IOCTL: one call |
//! | [`routines`] | what can be called |
//! | [`memory`] | the memory that a client sees, and the callbacks that write to it |
//! | [`protocol`] | what a call looks like |

#![no_std]

extern crate wdk_panic;

mod control;
mod device;
mod memory;
mod protocol;
mod routines;

guest::driver_entry!(device::add);
