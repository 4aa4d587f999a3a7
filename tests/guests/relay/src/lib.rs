//! Relay: a KMDF driver without hardware that hands requests from queue to queue.
//!
//! A guest for the simulator: each order of [`protocol`] puts the framework into one situation, rightly or wrongly, and the
//! tests look at what comes of it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`protocol`] | codes and the report |
//! | [`device`] | the device's objects and its context |
//! | [`orders`] | the queue that orders come in by |
//! | [`nested`] | queues whose callbacks run inside of a call of the driver's: a forward, a purge |
//! | [`kept`] | two power-managed queues whose requests are kept, and what a change of power does to them |
//! | [`shelf`] | a manual queue, power-managed: ready notification, requeue |
//! | [`power`] | the callbacks of power, and of a device that is gone |
//! | [`file`] | the handles of clients |

#![no_std]

extern crate wdk_panic;

mod device;
mod file;
mod kept;
mod nested;
mod orders;
mod power;
mod protocol;
mod shelf;

guest::driver_entry!(device::add);
