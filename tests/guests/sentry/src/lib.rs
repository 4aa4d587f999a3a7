//! Sentry: a KMDF driver of QEMU's edu device whose interrupt is behind an adapter of dirql.
//!
//! A guest for the simulator: it shows that the adapters keep their promises while power, resources and the device come and
//! go. The parameter `Setup` of its service says whose interrupt it is, and which callback fails.
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | the bits of `Setup`, codes, the report |
//! | [`events`] | what the interrupt's routines and closures share |
//! | [`device`] | the device's objects and its context |
//! | [`power`] | the callbacks of Plug and Play and of power |
//! | [`interrupt`] | the interrupt, whosever it is |
//! | [`ports`] | the messages of a device that has several, with one lock |
//! | [`orders`] | what clients ask for |

#![no_std]

extern crate wdk_panic;

mod device;
mod events;
mod interrupt;
mod orders;
mod parts;
mod ports;
mod power;
mod protocol;

guest::driver_entry!(device::add);
