//! Where the driver asked for what it has.

use std::collections::BTreeMap;

use super::shared::Shared;

/// The calls that made something, or that gave it back, innermost first, by its address or handle.
#[derive(Clone, Default)]
pub(crate) struct Origins(pub(in crate::kernel) Shared<BTreeMap<u64, Box<[u64]>>>);
