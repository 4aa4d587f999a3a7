//! From the source of a Windows driver in Rust to what Windows installs, on Linux: the library behind `cargo ntdriver`.
//!
//! A [`project`] is a driver's package. [`new`] writes one, [`build`](mod@build) makes its image by [`compile`](mod@compile), which calls cargo with
//! the [stand-ins](standin), and [`pack`] makes of it what Windows installs. [`inspect`] judges images, [`inf`] checks and
//! stamps INFs, and [`package`](mod@package) signs both and makes the catalog. [`simulator`] finds `ntsim`, and [`doctor`] lists what
//! is missing. [`menu`] chooses a command by its name, [`command`] runs other programs, and [`rustup`] knows the compiler.

pub mod build;
pub mod command;
pub mod compile;
pub mod doctor;
mod embedded;
pub mod error;
mod folder;
pub mod inf;
pub mod inspect;
pub mod menu;
pub mod new;
pub mod pack;
pub mod package;
pub mod project;
pub mod rustup;
pub mod simulator;
pub mod standin;

pub use error::Error;
