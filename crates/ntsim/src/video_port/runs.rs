//! What the routines under `VideoPortSynchronizeExecution` came to: at which IRQL each ran, whether under the lock of
//! the interrupt, and which service routines came in between.
//!
//! It is written down by the port driver and not by the miniport, so that a suite can hold one against the other.

use crate::{
    kernel::state::frame::Holds,
    video_port::{
        PortDriver,
        state::{frame::VideoFrame, runs::VideoRun, synchronize::Step},
    },
};

impl super::VideoPort {
    /// The routines that have ended since this was asked for, in the order of their ends.
    pub(crate) fn take_runs(&mut self) -> Vec<VideoRun> {
        core::mem::take(&mut self.runs.ended)
    }
}

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// A service routine begins on the current processor.
    pub(crate) fn video_service_begins(&mut self) {
        if self.video_port.runs.live.is_empty() {
            return;
        }
        let processor = self.kernel.cpu();
        let thread = processor
            .thread
            .and_then(|thread| self.kernel.threads.get(thread))
            .map(|thread| &thread.activation);
        let below: Vec<u32> = processor
            .nested
            .iter()
            .chain(thread)
            .flat_map(|activation| &activation.frames)
            .filter_map(|record| match record.frame.of() {
                Some(VideoFrame::Synchronize(Step::Running { run, .. })) => Some(*run),
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
