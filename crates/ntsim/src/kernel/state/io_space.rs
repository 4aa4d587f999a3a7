//! The driver's mappings of device registers, and the writes that are on their way to the device.

use std::collections::{BTreeMap, VecDeque};

use crate::device::AccessWidth;

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
#[derive(Clone, Default)]
pub(crate) struct IoSpace {
    pub(crate) presence: Presence,
    /// The callback behind which they do not answer, and when it returned, in cycles.
    pub(in crate::kernel) silent_since: Option<(&'static str, u64)>,
    /// By their first addresses.
    pub(in crate::kernel) mapped: BTreeMap<u64, Mapping>,
    pub(in crate::kernel) next: u64,
    /// The mapping that the running call makes, until the emulator knows of it.
    pub(in crate::kernel) fresh: Option<Mapping>,
    /// What the device has not taken yet, the oldest first.
    pub(in crate::kernel) posted: VecDeque<PostedWrite>,
    /// How the device was not silent when its driver had last left D0.
    pub(crate) loud: Option<String>,
}

/// A write that is on its way to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PostedWrite {
    pub(in crate::kernel) bar: u8,
    pub(in crate::kernel) offset: u64,
    pub(in crate::kernel) width: AccessWidth,
    pub(in crate::kernel) value: u64,
    /// When it arrives at the latest, in cycles.
    pub(in crate::kernel) due: u64,
}

/// What a range of the driver's addresses stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Its first address.
    pub(crate) base: u64,
    /// As it was asked for, in bytes.
    pub(crate) length: u64,
    pub(crate) bar: u8,
    /// Where in the BAR it begins.
    pub(crate) offset: u64,
}

impl Mapping {
    /// Its size in whole pages, in bytes.
    pub(crate) const fn size(&self) -> u64 {
        self.length.next_multiple_of(0x1000)
    }
}

impl IoSpace {
    /// The mapping that the emulator does not know of yet.
    pub(crate) fn take_fresh(&mut self) -> Option<Mapping> {
        self.fresh.take()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.mapped.values()
    }
}
