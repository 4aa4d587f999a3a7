//! What PSHED was told to do.

use std::collections::{BTreeMap, VecDeque};

use nt_model::OrderOutcome;

/// Orders under way and their outcomes.
#[derive(Clone, Default)]
pub(in crate::whea) struct Orders {
    pub(in crate::whea) next: u64,
    pub(in crate::whea) done: BTreeMap<u64, OrderOutcome>,
    /// Memory for what callbacks write, for the next orders.
    pub(in crate::whea) scratch: VecDeque<u64>,
}
