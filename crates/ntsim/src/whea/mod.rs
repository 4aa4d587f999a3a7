//! WHEA and PSHED: error sources, their low-level handlers, and the plug-ins that take part.
//!
//! PSHED's pages say what a plug-in must do and leave open what surrounds it: which lock a source has and
//! where it is held, which processor an error arrives on, how a descriptor leads to its source. What they
//! leave open is a policy. A source is one of two kinds. That of the first has a handler at an IRQL, under
//! a lock. That of the second (a machine check, an NMI) has one that no IRQL and no lock keeps out.

mod device_driver;
mod fatal;
pub(crate) mod handler;
mod plugin;
mod report;
pub(crate) mod service;
pub(crate) mod source;
pub(crate) mod state;
mod synchronize;

use nt_model::Failure;

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        state::{activation::Flow, frame::Holds},
    },
    whea::state::frame::WheaFrame,
};

use state::{device_driver::Drivers, orders::Orders, plugin::Plugin, source::Source};

pub use state::report::{DriverReport, FatalStop, ReportSection};

/// The state of WHEA.
#[derive(Clone)]
pub(crate) struct Whea {
    /// Whether the platform has it for the whole system.
    pub(crate) enabled: bool,
    pub(crate) sources: Vec<Source>,
    plugins: Vec<Plugin>,
    orders: Orders,
    drivers: Drivers,
    /// How a fatal error has stopped the machine.
    pub(crate) stop: Option<FatalStop>,
}

impl Default for Whea {
    fn default() -> Self {
        Self {
            enabled: true,
            sources: Vec::new(),
            plugins: Vec::new(),
            orders: Orders::default(),
            drivers: Drivers::default(),
            stop: None,
        }
    }
}

/// WHEA at work: its own state and the kernel's, and nothing else.
pub(crate) struct HardwareErrors<'s, A> {
    pub(crate) kernel: &'s mut Kernel<A>,
    pub(crate) whea: &'s mut Whea,
}

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// Goes on with what WHEA was doing.
    pub(crate) fn resume_whea(
        &mut self,
        guest: &mut Guest,
        frame: WheaFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        match frame {
            WheaFrame::Handler(frame) => self.resume_handler(guest, frame, value),
            WheaFrame::Service(frame) => self.resume_service(guest, frame, value),
            WheaFrame::DeviceDriver(step) => Ok(self.resume_device_driver(step, value)),
        }
    }
}
