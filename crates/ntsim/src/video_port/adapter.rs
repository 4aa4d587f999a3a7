//! One adapter: its device extension, its interrupt, and the registers that its miniport has mapped.

use std::collections::BTreeMap;

/// An adapter, as the port driver keeps it.
#[derive(Debug, Default)]
pub(super) struct Adapter {
    /// The device extension; 0 before there is one.
    pub(super) extension: u64,
    /// The configuration that `HwVidFindAdapter` is given.
    pub(super) config: u64,
    /// The object of the connected interrupt; none where none is.
    pub(super) interrupt: Option<u64>,
    /// Whether the miniport has claimed its access ranges.
    pub(super) claimed: bool,
    /// Windows that were mapped: address, offset in the first BAR, length.
    pub(super) windows: BTreeMap<u64, (u64, u64)>,
    /// How many windows there ever were.
    pub(super) mapped: u64,
}

/// Offsets in `VIDEO_PORT_CONFIG_INFO`, and its size.
pub(super) mod config {
    pub(in crate::video_port) const SIZE: u64 = 128;
    pub(in crate::video_port) const INTERFACE: u64 = 8;
    pub(in crate::video_port) const LEVEL: u64 = 12;
    pub(in crate::video_port) const VECTOR: u64 = 16;
    pub(in crate::video_port) const MODE: u64 = 20;
}
