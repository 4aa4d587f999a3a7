//! Error sources that a driver adds for itself: `WheaAddErrorSourceDeviceDriver` and its counterpart
//! (nf-ntddk-wheaadderrorsourcedevicedriver).
//!
//! Such a source has a number and callbacks, and neither a handler nor a descriptor: the driver reports at it
//! ([`super::report`]). So it is nothing that `PshedSynchronizeExecution` could take.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
    whea::{
        HardwareErrors,
        state::{
            device_driver::{DriverSource, Step},
            frame::WheaFrame,
        },
    },
};

/// The number of the first source; those of the machine are below.
const FIRST: u32 = 0x8000;

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// `WheaAddErrorSourceDeviceDriver`.
    pub(crate) fn whea_add_error_source_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
        self.kernel.note_origin(guest, object);
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
            frame: Frame::above(WheaFrame::DeviceDriver(Step::Initialize(id))),
        })
    }

    /// `WheaRemoveErrorSourceDeviceDriver`, which answers a status by the header and nothing by its page.
    pub(crate) fn whea_remove_error_source_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
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
            frame: Frame::above(WheaFrame::DeviceDriver(Step::Uninitialize)),
        })
    }

    /// Goes on after a callback.
    pub(super) fn resume_device_driver(&mut self, step: Step, value: u64) -> Flow<A> {
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
