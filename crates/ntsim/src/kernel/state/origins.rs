//! Where the driver asked for what it has.

use std::collections::BTreeMap;

/// The call that made something, or that gave it back, by its address or handle.
#[derive(Default)]
pub(crate) struct Origins(pub(in crate::kernel) BTreeMap<u64, u64>);
