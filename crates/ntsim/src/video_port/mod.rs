//! The video port driver: the half of a display adapter's driver that NT brings, for one miniport.
//!
//! A miniport's `DriverEntry` calls `VideoPortInitialize`, and from then on the port driver calls: it has the
//! adapter found, connects its interrupt if there is one to connect, has it initialised, and hands
//! `HwVidStartIO` one request at a time. What `VideoPortSynchronizeExecution` excludes at each priority is told
//! differently by its page, by the guide and by a peer implementation: [`VideoPolicy`](crate::VideoPolicy) names the choices.
//!
//! A service routine, and a routine that the port driver runs for the miniport, may call little of it
//! (nc-video-pvideo_hw_interrupt): [`restriction`] holds both to that.

mod adapter;
mod find;
mod initialize;
mod memory;
mod request;
mod restriction;
mod runs;
mod start;
mod stimulus;
mod synchronize;

use crate::{Failure, activation::Flow, guest::Guest, sim::Sim};

pub use request::{VideoCompletion, VideoRequestId};
pub use runs::VideoRun;
pub use stimulus::Stimulus;

pub(crate) use find::OF_PORT_DRIVER;
pub(crate) use restriction::MODULE;

/// What the port driver was doing when it called the miniport or paused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum VideoFrame {
    /// Carrying the adapter through a transition.
    Start(start::Step),
    /// Handing a request to `HwVidStartIO`.
    Request(request::Step),
    /// In `VideoPortSynchronizeExecution`.
    Synchronize(synchronize::Step),
}

/// The state of the port driver.
#[derive(Default)]
pub(crate) struct VideoPort {
    /// The miniport, once `VideoPortInitialize` has taken it.
    miniport: Option<initialize::Miniport>,
    adapter: adapter::Adapter,
    phase: start::Phase,
    requests: request::Requests,
    stimulus: stimulus::Armed,
    runs: runs::Runs,
    /// The largest `HwInitDataSize` that this port driver knows, where it is an old one.
    pub(crate) init_size_max: Option<u32>,
}

impl Sim {
    /// Goes on with what the port driver was doing.
    pub(crate) fn resume_video_port(
        &mut self,
        guest: &mut Guest,
        frame: VideoFrame,
        value: u64,
    ) -> Result<Flow, Failure> {
        match frame {
            VideoFrame::Start(step) => self.resume_video_start(guest, step, value),
            VideoFrame::Request(step) => self.resume_video_request(guest, step, value),
            VideoFrame::Synchronize(step) => self.resume_video_synchronize(guest, step, value),
        }
    }
}
