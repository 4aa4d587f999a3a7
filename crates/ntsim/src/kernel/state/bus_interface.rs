//! What the bus driver has given out of itself: its interface, and the registers of configuration space that hold what was
//! written.

use std::collections::BTreeMap;

/// The interface of the bus driver.
#[derive(Clone, Debug, Default)]
pub(crate) struct BusInterface {
    /// What its routines are given, once it was asked for.
    pub(in crate::kernel) context: Option<u64>,
    /// References that were taken and not released.
    pub(in crate::kernel) references: u32,
    /// Bytes of configuration space that a driver has written and nothing acts on.
    pub(in crate::kernel) written: BTreeMap<u32, u8>,
}
