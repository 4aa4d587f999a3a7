//! What is true of interrupts on hardware and under NT, seen from a driver that was built for it.

mod common;
mod connect;
mod dpc;
mod line;
mod message;
mod preemption;
mod synchronize;
