//! Doorbell: a KMDF driver without hardware, whose readers wait until something rings.
//!
//! A guest for the simulator that shares nothing with the project's drivers, and no shape with them: no interrupt, no power callbacks, callbacks at `DISPATCH_LEVEL` or below, state behind a
//! framework spin lock, requests that are completed later, from a DPC.
//!
//! - A **write** sets the chime, what readers are told: 1 to 16 bytes.
//! - A **read** waits for a ring and then gives the chime, cut to the reader's buffer. Rings that
//!   nothing waited for are kept, and all of them answer one read.
//! - **IOCTLs** ring now, ring after some milliseconds, wait for a ring, or count ([`protocol`]).
//!
//! Reads and writes share a sequential queue, so that a write waits behind a waiting read; IOCTLs
//! have a parallel queue, so that a ring reaches the reader. Those that wait for a ring do so in a
//! manual queue, from which cancellations go through the driver.
//!
//! | module | what it holds |
//! |---|---|
//! | [`device`] | the device's objects and its context |
//! | [`bell`] | what is behind it: the chime, the rings, the waiting reader |
//! | [`transfer`] | read, write, cancel |
//! | [`control`] | the IOCTLs |
//! | [`file`] | the handles of clients, and what a closed one leaves behind |
//! | [`listeners`] | the IOCTLs that wait for a ring |
//! | [`ring`] | the DPC that answers the reader, the timer that rings |
//! | [`request`] | buffers and completion |
//! | [`protocol`] | codes |

#![no_std]

extern crate wdk_panic;

mod bell;
mod control;
mod device;
mod file;
mod listeners;
mod protocol;
mod request;
mod ring;
mod transfer;

guest::driver_entry!(device::add);
