//! The device object: what the driver sets up in `EvtDriverDeviceAdd`.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{
            device::{Control, PnpCallbacks},
            frame::WdfFrame,
            object::Kind,
            request::Method,
        },
    },
};

/// Where the members of `WDF_PNPPOWER_EVENT_CALLBACKS` stand, in the order of wdfdevice.h.
mod callback {
    pub(super) const D0_ENTRY: u64 = 8;
    pub(super) const POST_INTERRUPTS: u64 = 16;
    pub(super) const D0_EXIT: u64 = 24;
    pub(super) const PRE_INTERRUPTS: u64 = 32;
    pub(super) const PREPARE_HARDWARE: u64 = 40;
    pub(super) const RELEASE_HARDWARE: u64 = 48;
    pub(super) const SELF_MANAGED_CLEANUP: u64 = 56;
    pub(super) const SELF_MANAGED_FLUSH: u64 = 64;
    pub(super) const SELF_MANAGED_INIT: u64 = 72;
    pub(super) const SELF_MANAGED_SUSPEND: u64 = 80;
    pub(super) const SELF_MANAGED_RESTART: u64 = 88;
    pub(super) const SURPRISE_REMOVAL: u64 = 96;
    pub(super) const QUERY_REMOVE: u64 = 104;
    pub(super) const QUERY_STOP: u64 = 112;
    pub(super) const RELATIONS_QUERY: u64 = 128;
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    pub(super) fn device_init_argument(&self, guest: &Guest) -> Result<(), Failure> {
        let init = guest.argument(1)?;
        if self.wdf.device.init == Some(init) {
            return Ok(());
        }
        Err(Failure::new(
            Rule::BadHandle,
            format!("{init:#x} is not the WDFDEVICE_INIT of the device that is being added"),
        ))
    }

    /// `WdfDeviceInitSetPnpPowerEventCallbacks`.
    pub(crate) fn wdf_device_init_set_pnp_power_event_callbacks(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        let callbacks = guest.argument(2)?;
        let size = guest.read_u32(callbacks)?;
        if size != 144 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_PNPPOWER_EVENT_CALLBACKS has the size {size}, not 144"),
            ));
        }
        let at = |offset| guest.read_u64(callbacks + offset);
        self.wdf.device.callbacks = PnpCallbacks {
            d0_entry: at(callback::D0_ENTRY)?,
            post_interrupts_enabled: at(callback::POST_INTERRUPTS)?,
            d0_exit: at(callback::D0_EXIT)?,
            pre_interrupts_disabled: at(callback::PRE_INTERRUPTS)?,
            prepare_hardware: at(callback::PREPARE_HARDWARE)?,
            release_hardware: at(callback::RELEASE_HARDWARE)?,
            self_managed_cleanup: at(callback::SELF_MANAGED_CLEANUP)?,
            self_managed_flush: at(callback::SELF_MANAGED_FLUSH)?,
            self_managed_init: at(callback::SELF_MANAGED_INIT)?,
            self_managed_suspend: at(callback::SELF_MANAGED_SUSPEND)?,
            self_managed_restart: at(callback::SELF_MANAGED_RESTART)?,
            surprise_removal: at(callback::SURPRISE_REMOVAL)?,
            query_remove: at(callback::QUERY_REMOVE)?,
            query_stop: at(callback::QUERY_STOP)?,
            relations_query: at(callback::RELATIONS_QUERY)?,
        };
        Ok(Flow::Return(0))
    }

    /// `WdfDeviceInitSetRequestAttributes`.
    pub(crate) fn wdf_device_init_set_request_attributes(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        self.wdf.device.request_attributes = Attributes::read(guest, guest.argument(2)?)?;
        Ok(Flow::Return(0))
    }

    /// `WdfDeviceInitSetIoType`: how reads and writes transfer.
    pub(crate) fn wdf_device_init_set_io_type(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.device_init_argument(guest)?;
        let io_type = guest.argument_u32(2)?;
        self.wdf.device.transfer = Method::of_io_type(io_type).ok_or_else(|| {
            Failure::not_modelled(format!("the I/O type {io_type} of WdfDeviceInitSetIoType"))
        })?;
        Ok(Flow::Return(0))
    }

    /// `WdfDeviceCreate`.
    pub(crate) fn wdf_device_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (init_pointer, attributes, out) =
            (guest.argument(1)?, guest.argument(2)?, guest.argument(3)?);
        if self.wdf.device.init != Some(guest.read_u64(init_pointer)?) {
            return Err(Failure::new(
                Rule::BadHandle,
                "WdfDeviceCreate was given no WDFDEVICE_INIT of the device that is being added",
            ));
        }
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Both)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let constraints = attributes.constraints(self.wdf.driver.constraints);
        if let Some(status) = self.refuses_file_attributes(constraints) {
            return Ok(Flow::status(status));
        }
        let handle =
            self.new_wdf_object(guest, Kind::Device, self.wdf.driver.handle, &attributes)?;
        let (physical, functional) = (self.kernel.new_object(), self.kernel.new_object());
        if self.wdf.device.control == Control::No {
            self.kernel.physical_device = Some(physical);
        }
        let device = &mut self.wdf.device;
        device.init = None;
        device.handle = handle;
        device.constraints = constraints;
        device.functional = functional;
        self.make_callback_lock(handle, constraints.passive);
        self.kernel.set_first_device(guest, functional)?;
        guest.write_u64(init_pointer, 0)?;
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfDeviceCreateDeviceInterface`.
    pub(crate) fn wdf_device_create_device_interface(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let (guid, reference) = (guest.argument(2)?, guest.argument(3)?);
        if reference != 0 {
            return Err(Failure::not_modelled(
                "a device interface with a reference string",
            ));
        }
        let mut bytes = [0; 16];
        guest.read(guid, &mut bytes)?;
        self.wdf.device.interface = Some(bytes);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfDeviceWdmGetPhysicalDevice`.
    pub(crate) fn wdf_device_wdm_get_physical_device(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        Ok(Flow::Return(self.kernel.physical_device.unwrap_or(0)))
    }

    /// `WdfDeviceWdmGetDeviceObject`.
    pub(crate) fn wdf_device_wdm_get_device_object(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        Ok(Flow::Return(self.wdf.device.functional))
    }
}
