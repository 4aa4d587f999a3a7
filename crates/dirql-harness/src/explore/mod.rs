//! Exploration of the driver: every schedule of a few requests, interrupts and changes of the device, under a bound.
//!
//! A scenario ([`scenarios`]) is a handful of actors on a started device ([`stage`], [`miniport`]); `ntsim` goes through their
//! schedules. A schedule is judged by the simulator's rules, by the contract, and by what must be true once everything has
//! ended (`rest`).

pub mod images;
pub mod miniport;
mod rest;
pub mod scenarios;
pub mod stage;
pub mod token;
