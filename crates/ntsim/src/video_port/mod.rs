//! The video port driver: the half of a display adapter's driver that NT brings, for one miniport.
//!
//! A miniport's `DriverEntry` calls `VideoPortInitialize`, and from then on the port driver calls: it has the
//! adapter found, connects its interrupt if there is one to connect, has it initialised, and hands
//! `HwVidStartIO` one request at a time. What `VideoPortSynchronizeExecution` excludes at each priority is told
//! differently by its page, by the guide and by a peer implementation: [`VideoPolicy`](crate::VideoPolicy) names the choices.
//!
//! A service routine, and a routine that the port driver runs for the miniport, may call little of it
//! (nc-video-pvideo_hw_interrupt): [`restriction`] holds both to that.

mod find;
mod initialize;
mod memory;
mod request;
mod restriction;
mod runs;
mod start;
pub(crate) mod state;
mod stimulus;
mod synchronize;

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        state::{activation::Flow, frame::Holds},
    },
    video_port::state::frame::VideoFrame,
};

use state::{
    adapter::Adapter, miniport::Miniport, request::Requests, runs::Runs, start::Phase,
    stimulus::Armed,
};

pub(crate) use restriction::MODULE;

pub use state::{
    request::{VideoCompletion, VideoRequestId},
    runs::VideoRun,
    stimulus::Stimulus,
};

/// The state of the port driver.
#[derive(Clone, Default)]
pub(crate) struct VideoPort {
    /// The miniport, once `VideoPortInitialize` has taken it.
    miniport: Option<Miniport>,
    adapter: Adapter,
    phase: Phase,
    /// Why it does not start.
    pub(crate) start_failure: Option<Failure>,
    requests: Requests,
    stimulus: Armed,
    runs: Runs,
    /// The largest `HwInitDataSize` that this port driver knows, where it is an old one.
    pub(crate) init_size_max: Option<u32>,
}

/// The port driver at work: its own state and the kernel's, and nothing else.
pub(crate) struct PortDriver<'s, A> {
    pub(crate) kernel: &'s mut Kernel<A>,
    pub(crate) video_port: &'s mut VideoPort,
}

impl<A: Holds<VideoFrame>> PortDriver<'_, A> {
    /// Goes on with what the port driver was doing.
    pub(crate) fn resume_video_port(
        &mut self,
        guest: &mut Guest,
        frame: VideoFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match frame {
            VideoFrame::Start(step) => self.go_on_starting(guest, step, value),
            VideoFrame::Request(step) => self.resume_video_request(guest, step, value),
            VideoFrame::Synchronize(step) => self.resume_video_synchronize(guest, step, value),
        }
    }
}
