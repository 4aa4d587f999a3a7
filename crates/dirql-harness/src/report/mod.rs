//! Reports: one run, told to people, to programs, or to a CI server.

mod again;
mod human;
mod json;
mod junit;
mod read;
mod style;

pub use again::Again;
pub use human::{Grid, failures, retold, summary};
pub use json::{SCHEMA, json};
pub use junit::junit;
pub use read::read;
