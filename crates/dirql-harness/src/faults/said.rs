//! What is refused in a run, and what the driver says to each step.

use ntsim::{FailableCall, Refusal};

/// A call that is refused, and how.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'a> {
    /// The call.
    pub call: &'a FailableCall,
    /// What it returns.
    pub refusal: &'a Refusal,
}

/// What the driver has said to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The step.
    pub what: String,
    /// How it ended.
    pub how: String,
    /// What was replied.
    pub output: Vec<u8>,
}
