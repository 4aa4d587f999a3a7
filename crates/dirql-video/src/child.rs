//! `HwVidGetVideoChildDescriptor`: the children of an adapter.

/// `DISPLAY_ADAPTER_HW_ID` of video.h: the adapter itself, among its children.
pub const DISPLAY_ADAPTER_HW_ID: u32 = 0xFFFF_FFFF;

/// Which child of the adapter is asked for, and the room for its descriptor.
#[derive(Debug)]
pub struct ChildQuery<'call> {
    /// `ChildIndex`: a number from 0 up, or [`DISPLAY_ADAPTER_HW_ID`].
    pub index: u32,
    /// `ACPIHwId`, where the firmware has enumerated the child; else 0.
    pub acpi_id: u32,
    /// Where the child's descriptor goes; zeroed, and empty where the port driver gave no room.
    pub descriptor: &'call mut [u8],
}

/// What there is at an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// `VIDEO_ENUM_MORE_DEVICES`: this child.
    Found {
        /// What it is.
        kind: ChildKind,
        /// The number by which the port driver will speak of it.
        id: u32,
    },
    /// `VIDEO_ENUM_INVALID_DEVICE`: none, but ask on.
    Skip,
    /// `VIDEO_ENUM_NO_MORE_DEVICES`: none, and none after it.
    NoMore,
}

/// `VIDEO_CHILD_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum ChildKind {
    /// A monitor.
    Monitor = 1,
    /// The graphics chip.
    VideoChip = 3,
    /// A device with a driver of its own.
    Other = 4,
}
