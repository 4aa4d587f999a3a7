//! What the routines under `VideoPortSynchronizeExecution` came to.

use std::collections::BTreeMap;

/// One routine, from its first instruction to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoRun {
    /// The priority that the miniport asked for.
    pub priority: u32,
    /// The IRQL of the caller.
    pub caller: u8,
    /// The IRQL of the routine.
    pub irql: u8,
    /// Whether the lock of the interrupt was held.
    pub locked: bool,
    /// How many service routines ran in the middle of it, on the processor that it was on.
    pub interrupted: u32,
    /// How many service routines ran on other processors meanwhile.
    pub alongside: u32,
}

/// The routines that run, and those that have ended and nothing has asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::video_port) struct Runs {
    pub(in crate::video_port) last: u32,
    pub(in crate::video_port) live: BTreeMap<u32, VideoRun>,
    pub(in crate::video_port) ended: Vec<VideoRun>,
}

impl Runs {
    /// A routine begins. The number is for [`Runs::end`].
    pub(in crate::video_port) fn begin(&mut self, run: VideoRun) -> u32 {
        self.last += 1;
        self.live.insert(self.last, run);
        self.last
    }

    /// A routine has ended.
    pub(in crate::video_port) fn end(&mut self, number: u32) {
        self.ended.extend(self.live.remove(&number));
    }
}
