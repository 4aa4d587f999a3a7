//! Error sources that a driver adds for itself: `WheaAddErrorSourceDeviceDriver` and its counterpart
//! (nf-ntddk-wheaadderrorsourcedevicedriver).
//!
//! Such a source has a number and callbacks, and neither a handler nor a descriptor: the driver reports at it
//! ([`super::report`]). So it is nothing that `PshedSynchronizeExecution` could take.

use std::collections::BTreeMap;

use crate::{
    Failure, Status,
    activation::{Flow, Frame},
    guest::Guest,
    sim::Sim,
};

use super::{
    WheaFrame,
    report::{DriverReport, Report},
};

/// The number of the first source; those of the machine are below.
const FIRST: u32 = 0x8000;

/// A driver's own error source.
#[derive(Clone, Copy, Debug)]
pub(super) struct DriverSource {
    context: u64,
    uninitialize: u64,
    /// `MaxSectionDataLength`.
    pub(super) section_length: u32,
    /// `MaxSectionsPerReport`.
    pub(super) sections: u32,
    /// Reports that can be made at `DISPATCH_LEVEL` and above.
    pub(super) preallocated: u32,
    /// Where the leak of it is reported at.
    object: u64,
}

/// The sources, their open reports, and the submitted ones.
#[derive(Debug, Default)]
pub(super) struct Drivers {
    added: u32,
    pub(super) sources: BTreeMap<u32, DriverSource>,
    pub(super) reports: BTreeMap<u64, Report>,
    pub(super) submitted: Vec<DriverReport>,
}

impl Drivers {
    /// What the driver has left behind.
    pub(super) fn leak(&self) -> Option<(String, u64)> {
        if let Some((handle, report)) = self.reports.iter().next() {
            return Some((
                format!(
                    "a report at error source {} is neither submitted nor abandoned",
                    report.source
                ),
                *handle,
            ));
        }
        let (id, source) = self.sources.iter().next()?;
        Some((
            format!("the driver's error source {id} was not removed"),
            source.object,
        ))
    }

    /// How many reports of a source are open.
    pub(super) fn open(&self, id: u32) -> usize {
        let reports = self.reports.values();
        reports.filter(|report| report.source == id).count()
    }
}

/// What was called back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// `Initialize`, of this source.
    Initialize(u32),
    /// `Uninitialize`, of a source that is gone.
    Uninitialize,
}

impl Sim {
    /// `WheaAddErrorSourceDeviceDriver`.
    pub(crate) fn whea_add_error_source_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let (context, configuration, preallocated) = (
            guest.argument(0)?,
            guest.argument(1)?,
            guest.argument_u32(2)?,
        );
        let version = guest.read_u32(configuration)?;
        match version {
            2 => {}
            // What is read of one by this routine, and not by its namesake of version 1, no page says.
            1 => {
                return Err(Failure::not_modelled(
                    "WheaAddErrorSourceDeviceDriver with a configuration of version 1",
                ));
            }
            _ => return Ok(Flow::status(Status::INVALID_PARAMETER_2)),
        }
        let (initialize, uninitialize) = (
            guest.read_u64(configuration + 28)?,
            guest.read_u64(configuration + 36)?,
        );
        if initialize == 0 || uninitialize == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        if !self.whea.enabled {
            return Ok(Flow::status(Status::INSUFFICIENT_RESOURCES));
        }
        let (length, sections) = (
            guest.read_u32(configuration + 44)?,
            guest.read_u32(configuration + 48)?,
        );
        let object = self.kernel.new_object();
        self.note_origin(guest, object);
        let id = FIRST + self.whea.drivers.added;
        self.whea.drivers.added += 1;
        let source = DriverSource {
            context,
            uninitialize,
            section_length: length,
            sections,
            preallocated,
            object,
        };
        self.whea.drivers.sources.insert(id, source);
        Ok(Flow::Call {
            what: "Initialize",
            target: initialize,
            arguments: vec![context, id.into()],
            frame: Frame::Whea(WheaFrame::DeviceDriver(Step::Initialize(id))),
        })
    }

    /// `WheaRemoveErrorSourceDeviceDriver`, which answers a status by the header and nothing by its page.
    pub(crate) fn whea_remove_error_source_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow, Failure> {
        let id = guest.argument_u32(0)?;
        if self.whea.drivers.open(id) != 0 {
            return Ok(Flow::status(Status::RESOURCE_IN_USE));
        }
        let Some(source) = self.whea.drivers.sources.remove(&id) else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        Ok(Flow::Call {
            what: "Uninitialize",
            target: source.uninitialize,
            arguments: vec![source.context],
            frame: Frame::Whea(WheaFrame::DeviceDriver(Step::Uninitialize)),
        })
    }

    /// Goes on after a callback.
    pub(super) fn resume_device_driver(&mut self, step: Step, value: u64) -> Flow {
        match step {
            Step::Initialize(id) => {
                let answer = value as u32;
                if answer >> 31 != 0 {
                    self.whea.drivers.sources.remove(&id);
                }
                Flow::Return(answer.into())
            }
            Step::Uninitialize => Flow::status(Status::SUCCESS),
        }
    }
}
