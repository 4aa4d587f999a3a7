//! Sampler: a KMDF driver of the virtio entropy device.
//!
//! A guest for the simulator: it asks the bus driver for configuration space, makes common buffers, has the device read a queue
//! in one of them and write bytes into the other, and gives them to who asks. The parameter `Setup` of its service says what it
//! does wrongly.
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | the bits of `Setup`, codes, the report |
//! | [`device`] | the device's objects and its context |
//! | [`bus`] | the interface of the bus driver |
//! | [`memory`] | the DMA enabler and the common buffers |
//! | [`transport`] | the registers, and the queue in memory |
//! | [`power`] | the callbacks of Plug and Play and of power |
//! | [`interrupt`] | the interrupt's callbacks |
//! | [`orders`] | what clients ask for |

#![no_std]

extern crate wdk_panic;

mod bus;
mod device;
mod interrupt;
mod memory;
mod orders;
mod power;
mod protocol;
mod transport;

guest::driver_entry!(device::add);
