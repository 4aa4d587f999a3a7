//! Requests of the display driver.

use std::collections::{BTreeMap, VecDeque};

/// A submitted video request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VideoRequestId(pub(in crate::video_port) u32);

/// How a video request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoCompletion {
    /// The `VP_STATUS`.
    pub status: i32,
    /// The output, as long as the miniport says it is.
    pub output: Vec<u8>,
}

/// What a request has just called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Begin,
    /// `HwVidStartIO`, with this packet.
    StartIo(Packet),
}

/// The request that `HwVidStartIO` has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub(in crate::video_port) number: u32,
    pub(in crate::video_port) address: u64,
    pub(in crate::video_port) status: u64,
    pub(in crate::video_port) buffer: u64,
    pub(in crate::video_port) output_length: u32,
}

#[derive(Clone, Debug)]
pub(in crate::video_port) struct Waiting {
    pub(in crate::video_port) number: u32,
    pub(in crate::video_port) code: u32,
    pub(in crate::video_port) input: Vec<u8>,
    pub(in crate::video_port) output_length: u32,
}

/// The requests that are not taken by the host.
#[derive(Clone, Default)]
pub(in crate::video_port) struct Requests {
    pub(in crate::video_port) last: u32,
    pub(in crate::video_port) waiting: VecDeque<Waiting>,
    /// Whether the miniport has one.
    pub(in crate::video_port) busy: bool,
    pub(in crate::video_port) done: BTreeMap<u32, VideoCompletion>,
}
