//! Clerk: a KMDF driver of QEMU's `fw_cfg`.
//!
//! A guest for the simulator: it accesses I/O ports by each form of instruction, and has the device read and write a common
//! buffer. The parameter `Setup` of its service says what it does wrongly.
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | the bits of `Setup`, and the codes |
//! | [`device`] | the device's context, and the callbacks of Plug and Play |
//! | [`port`] | the instructions |
//! | [`desk`] | what is done with the device, under one lock |
//! | [`orders`] | what clients ask for |

#![no_std]

extern crate wdk_panic;

mod desk;
mod device;
mod orders;
mod port;
mod protocol;

guest::driver_entry!(device::add);
