//! What the routines under `VideoPortSynchronizeExecution` came to: at which IRQL each ran, whether under the lock of
//! the interrupt, and which service routines came in between.
//!
//! It is written down by the port driver and not by the miniport, so that a suite can hold one against the other.

use std::collections::BTreeMap;

use crate::{activation::Frame, sim::Sim};

use super::{VideoFrame, synchronize::Step};

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

/// The routines that run, and those that have ended and nobody has asked for.
#[derive(Debug, Default)]
pub(super) struct Runs {
    last: u32,
    live: BTreeMap<u32, VideoRun>,
    ended: Vec<VideoRun>,
}

impl Runs {
    /// A routine begins. The number is for [`Runs::end`].
    pub(super) fn begin(&mut self, run: VideoRun) -> u32 {
        self.last += 1;
        self.live.insert(self.last, run);
        self.last
    }

    /// A routine has ended.
    pub(super) fn end(&mut self, number: u32) {
        self.ended.extend(self.live.remove(&number));
    }
}

impl super::VideoPort {
    /// The routines that have ended since this was asked for, in the order of their ends.
    pub(crate) fn take_runs(&mut self) -> Vec<VideoRun> {
        core::mem::take(&mut self.runs.ended)
    }
}

impl Sim {
    /// A service routine begins on the current processor.
    pub(crate) fn video_service_begins(&mut self) {
        if self.video_port.runs.live.is_empty() {
            return;
        }
        let processor = self.cpu();
        let thread = processor
            .thread
            .and_then(|thread| self.kernel.threads.get(thread))
            .map(|thread| &thread.activation);
        let below: Vec<u32> = processor
            .nested
            .iter()
            .chain(thread)
            .flat_map(|activation| &activation.frames)
            .filter_map(|record| match record.frame {
                Frame::VideoPort(VideoFrame::Synchronize(Step::Running { run, .. })) => Some(run),
                _ => None,
            })
            .collect();
        for (number, run) in &mut self.video_port.runs.live {
            if below.contains(number) {
                run.interrupted += 1;
            } else {
                run.alongside += 1;
            }
        }
    }
}
