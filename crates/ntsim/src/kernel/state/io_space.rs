//! The driver's mappings of device registers.

use std::collections::BTreeMap;

/// Whether the device's registers answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// In D0.
    #[default]
    On,
    /// In a lower state, where a PCI function decodes its configuration space only.
    Off,
    /// Not there any more: reads give all ones, and writes are lost.
    Gone,
}

/// The driver's mappings of device registers.
#[derive(Default)]
pub(crate) struct IoSpace {
    pub(crate) presence: Presence,
    /// Virtual address to length.
    pub(in crate::kernel) mapped: BTreeMap<u64, u64>,
    pub(in crate::kernel) next: u64,
    /// The mapping that the running call makes, until the emulator knows of it.
    pub(in crate::kernel) fresh: Option<Mapping>,
}

/// What a range of the driver's addresses stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Its first address.
    pub(crate) base: u64,
    /// Whole pages, in bytes.
    pub(crate) size: u64,
    pub(crate) bar: u8,
    /// Where in the BAR it begins.
    pub(crate) offset: u64,
}

impl IoSpace {
    /// The mapping that the emulator does not know of yet.
    pub(crate) fn take_fresh(&mut self) -> Option<Mapping> {
        self.fresh.take()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&u64, &u64)> {
        self.mapped.iter()
    }
}
