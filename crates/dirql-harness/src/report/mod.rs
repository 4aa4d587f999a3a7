//! Reports: one run, told to people, to programs, or to a CI server.

mod again;
mod human;
mod json;
mod junit;
mod style;

pub use again::Again;
pub use human::{Grid, summary};
pub use json::json;
pub use junit::junit;
