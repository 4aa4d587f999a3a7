//! The system: the kernel and what stands on it, put together.
//!
//! It has the sum of all frames, the tables of what a driver can call, and the loop that carries out what was wanted and
//! decides who goes on.

pub(crate) mod accounts;
mod drive;
pub(crate) mod exports;
mod frames;
mod goal;
mod leaks;
mod levels;
mod resume;

use std::{cell::RefCell, rc::Rc};

use image::Image;
use nt_model::Config;

use crate::{
    device::PciDevice,
    etw::{Etw, Tracing},
    guest::code::Instructions,
    kernel::state::shared::Shared,
    system::{exports::table::Export, frames::Above},
    video_port::{PortDriver, VideoPort},
    wdf::{Framework, Wdf},
    whea::{HardwareErrors, Whea},
};

pub(crate) use goal::{Goal, Stop};

/// What a frame of the system is, and what its routines want to happen next.
pub(crate) type Frame = crate::kernel::state::frame::Frame<Above>;

pub(crate) type Flow = crate::kernel::state::activation::Flow<Above>;

pub(crate) type Kernel = crate::kernel::Kernel<Above>;

/// The whole state of a machine apart from the guest's registers and memory.
#[derive(Clone)]
pub(crate) struct System {
    pub(crate) kernel: Kernel,
    pub(crate) wdf: Wdf,
    pub(crate) whea: Whea,
    pub(crate) etw: Etw,
    pub(crate) video_port: VideoPort,
    /// The routines behind the traps, by their numbers.
    exports: Shared<Vec<Export>>,
    pub(crate) goal: Goal,
    pub(crate) stop: Option<Stop>,
}

impl System {
    /// A machine that has not run yet.
    pub(crate) fn new(
        config: Config,
        image: Image,
        code: Rc<RefCell<Instructions>>,
        device: Box<dyn PciDevice>,
    ) -> Self {
        Self {
            kernel: Kernel::new(config, image, code, device),
            wdf: Wdf::default(),
            whea: Whea::default(),
            etw: Etw::default(),
            video_port: VideoPort::default(),
            exports: Shared::default(),
            goal: Goal::Quiescence,
            stop: None,
        }
    }

    /// The framework at work.
    pub(crate) fn framework(&mut self) -> Framework<'_, Above> {
        Framework {
            kernel: &mut self.kernel,
            wdf: &mut self.wdf,
        }
    }

    /// WHEA at work.
    pub(crate) fn hardware_errors(&mut self) -> HardwareErrors<'_, Above> {
        HardwareErrors {
            kernel: &mut self.kernel,
            whea: &mut self.whea,
        }
    }

    /// Event tracing at work.
    pub(crate) fn tracing(&mut self) -> Tracing<'_, Above> {
        Tracing {
            kernel: &mut self.kernel,
            etw: &mut self.etw,
        }
    }

    /// The video port driver at work.
    pub(crate) fn port_driver(&mut self) -> PortDriver<'_, Above> {
        PortDriver {
            kernel: &mut self.kernel,
            video_port: &mut self.video_port,
        }
    }
}
