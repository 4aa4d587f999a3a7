//! Beacon: a KMDF driver of QEMU's edu device whose interrupt is the framework's.
//!
//! A guest for the simulator: the parameter `Setup` of its service says how the interrupt is made and which callback fails,
//! each order of [`protocol`] does one thing with it, rightly or wrongly, and the report says what came of it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | the bits of `Setup`, codes, the report |
//! | [`device`] | the device's objects and its context |
//! | [`power`] | the callbacks of Plug and Play and of power |
//! | [`interrupt`] | the interrupts, and their callbacks |
//! | [`orders`] | what clients ask for |

#![no_std]

extern crate wdk_panic;

mod device;
mod interrupt;
mod orders;
mod power;
mod protocol;

guest::driver_entry!(device::add);
