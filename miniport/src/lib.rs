//! A video miniport driver, `dirql_video.sys`, that proves [`dirql_video`] on an adapter that interrupts.
//!
//! The adapter is invented (hardware ID `DIRQL\VIDEO_PROBE`): one window of four registers, by which a test
//! raises any interrupt cause on demand. The miniport shows nothing. It serves the interrupt, and answers the
//! private requests of [`dirql_ioctl::video`] through `HwVidStartIO`: what it is, one closure at a priority,
//! raising causes, statistics.
//!
//! | module | what it holds |
//! |---|---|
//! | `entry` | `DriverEntry` |
//! | `probe` | the miniport: the callbacks of the port driver |
//! | `shared` | the state that the service routine shares |
//! | `registers` | the adapter's registers behind a typed window |
//! | `requests`, `closure` | the private requests; a closure at each priority |
//! | `load_configuration` | what the image's header says to a loader |
//! | `memory`, `stack_probe`, `panic` | what a C runtime would be: the image imports from VIDEOPRT.SYS alone |

#![no_std]

mod closure;
mod entry;
mod float_marker;
#[cfg(windows)]
#[path = "../../cross/load_configuration.rs"]
mod load_configuration;
mod memory;
mod panic;
mod probe;
mod registers;
mod requests;
mod shared;
mod stack_probe;
