//! The adapter: what the miniport has told of it, and its windows.

use std::collections::BTreeMap;

/// An adapter, as the port driver keeps it.
#[derive(Clone, Debug, Default)]
pub(in crate::video_port) struct Adapter {
    /// The device extension; 0 before there is one.
    pub(in crate::video_port) extension: u64,
    /// The configuration that `HwVidFindAdapter` is given.
    pub(in crate::video_port) config: u64,
    /// The object of the connected interrupt; none where none is.
    pub(in crate::video_port) interrupt: Option<u64>,
    /// Whether the miniport has claimed its access ranges.
    pub(in crate::video_port) claimed: bool,
    /// Windows that were mapped: address, offset in the first BAR, length.
    pub(in crate::video_port) windows: BTreeMap<u64, (u64, u64)>,
    /// How many windows there ever were.
    pub(in crate::video_port) mapped: u64,
}

/// Offsets in `VIDEO_PORT_CONFIG_INFO`, and its size.
pub(in crate::video_port) mod config {
    pub(in crate::video_port) const SIZE: u64 = 128;
    pub(in crate::video_port) const INTERFACE: u64 = 8;
    pub(in crate::video_port) const LEVEL: u64 = 12;
    pub(in crate::video_port) const VECTOR: u64 = 16;
    pub(in crate::video_port) const MODE: u64 = 20;
}
