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
mod synchronize;

use crate::{Failure, activation::Flow, guest::Guest, sim::Sim};

pub use fatal::FatalStop;
pub use report::{DriverReport, ReportSection};

/// What WHEA was doing when it called the driver or paused.
#[derive(Clone, Debug)]
pub(crate) enum WheaFrame {
    /// Handling an error.
    Handler(handler::HandlerFrame),
    /// Carrying out an order on a thread of the system.
    Service(service::ServiceFrame),
    /// Adding or removing a driver's own error source.
    DeviceDriver(device_driver::Step),
}

/// The state of WHEA.
pub(crate) struct Whea {
    /// Whether the platform has it for the whole system.
    pub(crate) enabled: bool,
    pub(crate) sources: Vec<source::Source>,
    plugins: Vec<plugin::Plugin>,
    orders: service::Orders,
    drivers: device_driver::Drivers,
    /// How a fatal error has stopped the machine.
    pub(crate) stop: Option<FatalStop>,
}

impl Default for Whea {
    fn default() -> Self {
        Self {
            enabled: true,
            sources: Vec::new(),
            plugins: Vec::new(),
            orders: service::Orders::default(),
            drivers: device_driver::Drivers::default(),
            stop: None,
        }
    }
}

impl Sim {
    /// Goes on with what WHEA was doing.
    pub(crate) fn resume_whea(
        &mut self,
        guest: &mut Guest,
        frame: WheaFrame,
        value: u64,
    ) -> Result<Flow, Failure> {
        match frame {
            WheaFrame::Handler(frame) => self.resume_handler(guest, frame, value),
            WheaFrame::Service(frame) => self.resume_service(guest, frame, value),
            WheaFrame::DeviceDriver(step) => Ok(self.resume_device_driver(step, value)),
        }
    }
}
