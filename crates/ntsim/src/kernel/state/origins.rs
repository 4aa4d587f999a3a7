//! Where the driver asked for what it has.

use std::collections::BTreeMap;

use super::shared::Shared;

/// The call that made something, or that gave it back, by its address or handle.
#[derive(Clone, Default)]
pub(crate) struct Origins(pub(in crate::kernel) Shared<BTreeMap<u64, u64>>);
