//! What a service routine, and a routine under `VideoPortSynchronizeExecution`, may call.

use nt_model::{Failure, Rule};

use crate::{
    kernel::state::frame::{Frame, Holds},
    video_port::{
        PortDriver,
        state::{frame::VideoFrame, synchronize::Step},
    },
};

/// The module whose routines a miniport imports, and the only one.
pub(crate) const MODULE: &str = "VIDEOPRT.SYS";
/// What `HwVidInterrupt` may call besides reads and writes (nc-video-pvideo_hw_interrupt).
const ALLOWED: &[&str] = &[
    "VideoPortQueueDpc",
    "VideoPortZeroDeviceMemory",
    "VideoPortZeroMemory",
    "VideoPortLogError",
    "VideoPortStallExecution",
    "VideoPortDisableInterrupt",
    "VideoPortEnableInterrupt",
];
fn is_allowed(name: &str) -> bool {
    ALLOWED.contains(&name)
        || name.starts_with("VideoPortRead")
        || name.starts_with("VideoPortWrite")
}

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// What the live activation is in, if that restricts what it may call.
    fn restricting(&self) -> Option<&'static str> {
        let processor = &self.kernel.cpus[self.kernel.live?];
        let activation = match processor.nested.last() {
            Some(activation) => activation,
            None => &self.kernel.threads.get(processor.thread?)?.activation,
        };
        let frame = &activation.frames.last()?.frame;
        match (frame, frame.of()) {
            (Frame::Isr(_), _) => Some("HwVidInterrupt"),
            (_, Some(VideoFrame::Synchronize(Step::Running { .. }))) => {
                Some("a routine under VideoPortSynchronizeExecution")
            }
            _ => None,
        }
    }

    /// Whether the live activation is in a routine that is restricted.
    pub(super) fn in_restricted_routine(&self) -> bool {
        self.restricting().is_some()
    }

    /// Whether the live activation is in a routine under `VideoPortSynchronizeExecution`.
    pub(super) fn in_synchronize_routine(&self) -> bool {
        self.restricting()
            .is_some_and(|what| what != "HwVidInterrupt")
    }

    /// Checks a call of the port driver against the routine that it is made from.
    pub(crate) fn check_video_call(&self, name: &str) -> Result<(), Failure> {
        match self.restricting() {
            Some(place) if !is_allowed(name) => Err(Failure::new(
                Rule::MiniportCall,
                format!("{name} was called in {place}, which may not call it"),
            )),
            _ => Ok(()),
        }
    }
}
