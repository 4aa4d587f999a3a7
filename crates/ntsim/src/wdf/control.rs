//! Control devices: the device of a driver that has none of the `PnP` manager's.

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
    /// `WdfControlDeviceInitAllocate`.
    pub(crate) fn wdf_control_device_init_allocate(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Driver)?;
        if !self.wdf.driver.non_pnp {
            return Err(Failure::not_modelled(
                "a control device of a driver that has a device of the PnP manager's",
            ));
        }
        if self.wdf.device.init.is_some() || self.wdf.device.handle != 0 {
            return Err(Failure::not_modelled("a second control device"));
        }
        let init = self.kernel.new_object();
        self.wdf.device.init = Some(init);
        self.wdf.device.control = Control::Made;
        Ok(Flow::Return(init))
    }

    /// `WdfDeviceInitFree`: of what no device was made of.
    pub(crate) fn wdf_device_init_free(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        if self.wdf.device.control == Control::No {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfDeviceInitFree is called for the WDFDEVICE_INIT of EvtDriverDeviceAdd, which is the framework's to free",
            ));
        }
        self.wdf.device.init = None;
        Ok(Flow::Return(0))
    }

    /// The string that is given for what is still to be made; the address is 0 where there is none.
    fn init_string(&mut self, guest: &mut Guest) -> Result<u64, Failure> {
        self.device_init_argument(guest)?;
        let string = guest.argument(2)?;
        if string != 0 {
            self.kernel.counted_text(guest, string, false)?;
        }
        Ok(string)
    }

    /// `WdfDeviceInitAssignName`: a name that a symbolic link can lead to.
    pub(crate) fn wdf_device_init_assign_name(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf.device.named = self.init_string(guest)? != 0;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfDeviceInitAssignSDDLString`: programs here have every right.
    pub(crate) fn wdf_device_init_assign_sddl_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.init_string(guest)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfControlFinishInitializing`: programs can open the device from here on.
    pub(crate) fn wdf_control_finish_initializing(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        if self.wdf.device.control == Control::No {
            return Err(Failure::new(
                Rule::BadHandle,
                "WdfControlFinishInitializing is called for a device that is no control device",
            ));
        }
        self.wdf.device.control = Control::Finished;
        Ok(Flow::Return(0))
    }

    /// `WdfControlDeviceInitSetShutdownNotification`: no system shuts down here.
    pub(crate) fn wdf_control_device_init_set_shutdown_notification(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        Ok(Flow::Return(0))
    }
}
