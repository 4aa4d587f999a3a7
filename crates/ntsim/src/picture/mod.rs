//! Pictures of a run, from its timeline: a trace for Perfetto, and a page of its own for a browser.
//!
//! Neither knows anything that the timeline does not say: what is drawn is what was recorded.

mod page;
mod perfetto;
mod place;

use image::Image;
use nt_model::Failure;

use crate::kernel::state::timeline::Timeline;

pub use perfetto::message;
pub use place::Place;

/// A run, as it is drawn.
#[derive(Debug)]
pub struct Picture<'a> {
    /// What happened.
    pub timeline: &'a Timeline,
    /// The driver.
    pub image: &'a Image,
    /// What ran: a test, a scenario, a program, a seed.
    pub title: &'a str,
    /// What was broken; none where nothing was.
    pub failure: Option<&'a Failure>,
    /// What makes the run happen again: the token, and the command with it.
    pub token: Option<&'a str>,
    /// The command that replays the run.
    pub again: Option<&'a str>,
}

impl Picture<'_> {
    /// The trace, in Perfetto's format: a message `Trace` of protocol buffers, which <https://ui.perfetto.dev> opens.
    ///
    /// One microsecond of it is one cycle of the simulator's clock, which is one instruction of the driver; what happens
    /// within a cycle is a nanosecond apart.
    #[must_use]
    pub fn perfetto(&self) -> Vec<u8> {
        perfetto::encode(self)
    }

    /// The page: HTML with all that it needs in it.
    #[must_use]
    pub fn html(&self) -> String {
        page::write(self)
    }
}
