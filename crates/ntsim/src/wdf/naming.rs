//! What leads from one name of a driver or a device to another, and by which names a device can be opened.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        state::{device::Control, frame::WdfFrame, object::Kind},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDriverWdmGetDriverObject`.
    pub(crate) fn wdf_driver_wdm_get_driver_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Driver)?;
        Ok(Flow::Return(self.kernel.driver_object.address))
    }

    /// `WdfDriverGetRegistryPath`: the text, which ends with a null.
    pub(crate) fn wdf_driver_get_registry_path(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Driver)?;
        let path = self.kernel.driver_object.registry_path;
        if self.wdf.driver.registry_path == 0 {
            let (length, from) = (guest.read_u16(path)?, guest.read_u64(path + 8)?);
            let text = guest.read_vec(from, length.into())?;
            let copy = self.kernel.system_data(u64::from(length) + 2);
            guest.write(copy, &text)?;
            self.wdf.driver.registry_path = copy;
        }
        Ok(Flow::Return(self.wdf.driver.registry_path))
    }

    /// `WdfDeviceGetDriver`.
    pub(crate) fn wdf_device_get_driver(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        Ok(Flow::Return(self.wdf.driver.handle))
    }

    /// `WdfDeviceGetDefaultQueue`: 0 where there is none.
    pub(crate) fn wdf_device_get_default_queue(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let mut queues = self.wdf.queues.iter();
        let default = queues.find(|(_, queue)| queue.default);
        Ok(Flow::Return(default.map_or(0, |(handle, _)| *handle)))
    }

    /// `WdfWdmDriverGetWdfDriverHandle`.
    pub(crate) fn wdf_wdm_driver_get_wdf_driver_handle(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        names(
            guest.argument(1)?,
            self.kernel.driver_object.address,
            "driver object",
        )?;
        Ok(Flow::Return(self.wdf.driver.handle))
    }

    /// `WdfWdmDeviceGetWdfDeviceHandle`.
    pub(crate) fn wdf_wdm_device_get_wdf_device_handle(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        names(
            guest.argument(1)?,
            self.wdf.device.functional,
            "device object",
        )?;
        Ok(Flow::Return(self.wdf.device.handle))
    }

    /// `WdfDeviceCreateSymbolicLink`: one link, by which programs open the device where it is in their directory.
    pub(crate) fn wdf_device_create_symbolic_link(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let string = guest.argument(2)?;
        let name = self.kernel.counted_text(guest, string, false)?;
        if name.is_empty() || self.wdf.device.link.is_some() {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        // A control device that has no name has none that a link could lead to (`FxDevice::CreateSymbolicLink`).
        if self.wdf.device.control != Control::No && !self.wdf.device.named {
            return Ok(Flow::status(Status::INVALID_DEVICE_STATE));
        }
        let name = String::from_utf16_lossy(&name);
        if !name.starts_with('\\') {
            return Ok(Flow::status(Status::OBJECT_PATH_SYNTAX_BAD));
        }
        self.kernel.note(format!("symbolic link {name}"));
        self.wdf.device.link = Some(name);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfDeviceInitSetExclusive`: one handle at a time.
    pub(crate) fn wdf_device_init_set_exclusive(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        self.wdf.device.exclusive = guest.argument_u8(2)? != 0;
        Ok(Flow::Return(0))
    }

    /// `WdfDeviceInitSetDeviceType`, `WdfDeviceInitSetCharacteristics` and `WdfDeviceInitSetDeviceClass`: what the I/O manager
    /// tells programs of the device, and none asks for here.
    pub(crate) fn wdf_device_init_set_fact(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        Ok(Flow::Return(0))
    }
}

fn names(given: u64, own: u64, what: &str) -> Result<(), Failure> {
    if given == own && own != 0 {
        return Ok(());
    }
    Err(Failure::new(
        Rule::BadArgument,
        format!("{given:#x} is not the {what} of this driver"),
    ))
}
