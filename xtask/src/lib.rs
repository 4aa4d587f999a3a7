//! The repository's own commands, behind `cargo xtask`.
//!
//! [`setup`] finds or installs what a build takes and decides by which [`toolchain`] the driver is compiled.
//! [`needs`] are the programs that commands take, and [`configuration`] is what the user's own says of cargo. [`driver`]
//! and [`miniport`] are the images, each made after a [`recipe`]: [`compile`](mod@compile) compiles it, and [`inspect`]
//! judges it; [`build`] makes both. [`kit`] is Microsoft's, where they are built over one. [`guests`] are other drivers for the simulator, [`c_guests`] those in C. A [`mutant`] is a driver, or a crate
//! below it, that is wrong on purpose; [`miri`] tests that crate, and judges some of them. [`run`], [`test`](mod@test) and
//! [`bench`](mod@bench) hand the images to the harness, to the tests and to the bench. The commands are listed in `main.rs`; each is
//! a function from its arguments to an exit code.
//!
//! What any driver takes is in the crate `cargo-ntdriver`, whose library these commands use: [`ntdriver::compile`],
//! [`ntdriver::inspect`], [`ntdriver::inf`], [`ntdriver::package`].
//!
//! [`inf`] checks the INFs, [`package`](mod@package) makes what a Windows machine installs, and [`vm`]
//! drives it in a virtual machine. [`perfetto`] is what tests read traces by. [`features`] checks every combination of features.
//!
//! Paths that a script may want go to standard output; everything a person watches goes to standard error.

pub mod bench;
pub mod build;
pub mod c_guests;
pub mod command;
pub mod compile;
pub mod configuration;
pub mod driver;
pub mod editor;
pub mod features;
pub mod guests;
pub mod inf;
pub mod inspect;
pub mod kit;
pub mod libclang;
pub mod miniport;
pub mod miri;
pub mod mutant;
pub mod needs;
pub mod package;
pub mod packages;
pub mod perfetto;
pub mod recipe;
pub mod run;
pub mod setup;
pub mod test;
pub mod toolchain;
pub mod vm;
pub mod workspace;

pub use ntdriver::Error;
pub use workspace::Workspace;
