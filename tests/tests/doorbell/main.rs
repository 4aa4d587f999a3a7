//! A driver that has nothing to do with dirql runs: reads, writes, IOCTLs, a timer, a DPC,
//! cancellation, an orderly removal.

mod common;
mod ends;
mod reads;
mod refusals;
mod timer;
