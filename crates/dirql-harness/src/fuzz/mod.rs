//! Fuzzing: programs of requests, cancellations and handles that nothing thought of, until a rule
//! breaks.
//!
//! A [`Program`] is a list of steps, drawn from one seed and mostly right: requests of the
//! contract with some field damaged, on several handles, with the driver stopped in the middle of
//! its work between two steps. It runs on a fresh session, every completion goes past the judge
//! and past an oracle that knows what a success must say, and the end of the program is the end of
//! a test: everything pending is cancelled, the invariants are read, the driver is unloaded.
//!
//! What breaks becomes a crash file: the program, shrunk to the steps that matter, and the token
//! of its schedule. A corpus is a folder of the same files that hold programs which do not break
//! anything and between them reach every behaviour that was ever seen.
//!
//! | module | what it holds |
//! |---|---|
//! | [`program`] | steps, and the rule that any list of them is a program |
//! | [`generate`] | programs from a seed |
//! | [`pnp`] | the changes of the device that are possible where it stands |
//! | `errors` | hardware errors, and the machine of programs that play with them |
//! | [`execute`](mod@execute), [`oracle`] | a program on the driver, and what must hold meanwhile |
//! | [`behaviour`] | what a program has shown |
//! | [`shrink`](mod@shrink) | fewer steps that show the same |
//! | [`file`](mod@file) | programs on disk |
//! | [`campaign`] | programs until enough requests were made, or one broke |

pub mod behaviour;
pub mod campaign;
mod errors;
pub mod execute;
pub mod file;
pub mod generate;
pub mod oracle;
pub mod pnp;
pub mod program;
pub mod shrink;

pub use campaign::{Campaign, Tally};
pub use execute::{Executed, execute};
pub use file::Saved;
pub use program::{Program, Step};
