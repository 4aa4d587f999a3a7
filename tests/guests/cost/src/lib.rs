//! What one synchronized call costs, in instructions of the driver, and what connecting costs, in bytes of the stack.
//!
//! The same work, adding to a counter that an ISR shares, in three ways: through [`dirql`], as C
//! that keeps the same promise, and as C that promises nothing. Each way is a loop that a control
//! code runs as often as it is told, so that the difference between two counts is the call and
//! nothing else.
//!
//! | module | what it holds |
//! |---|---|
//! | [`device`] | the device |
//! | [`hardware`] | the two connections: dirql's and the C style's |
//! | [`closure`] | through dirql |
//! | [`c_style`] | the two ways of C |
//! | [`sink`] | where results end |
//! | [`stack`] | how deep a stack is under connecting and disconnecting |
//! | [`control`], [`protocol`] | the control codes |

#![no_std]

extern crate wdk_panic;

mod c_style;
mod closure;
mod control;
mod device;
mod hardware;
mod protocol;
mod sink;
mod stack;

guest::driver_entry!(device::add);
