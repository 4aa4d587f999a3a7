//! The framework's driver object.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{
        activation::Flow,
        driver_object::DRIVER_UNLOAD,
        frame::{Frame, Holds},
    },
    wdf::{
        Framework, INTERNAL, MODULE,
        attributes::{Allowed, Attributes, Constraints},
        bind::DISPLACE_DRIVER_UNLOAD,
        state::{frame::WdfFrame, object::Kind},
    },
};

/// `WdfDriverInitNonPnpDriver`.
const NON_PNP_DRIVER: u32 = 1;
/// `WdfDriverInitNoDispatchOverride`: the driver's dispatch table stays its own, or that of a port driver.
const NO_DISPATCH_OVERRIDE: u32 = 2;
/// What has the framework's verifier on, as it is here.
const VERIFIER_FLAGS: u32 = 4 | 8;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDriverCreate`.
    pub(crate) fn wdf_driver_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (object, attributes) = (guest.argument(1)?, guest.argument(3)?);
        let (config, out) = (guest.argument(4)?, guest.argument(5)?);
        if object != self.kernel.driver_object.address || self.wdf.driver.handle != 0 {
            return Err(Failure::new(
                Rule::BadArgument,
                "WdfDriverCreate was called twice, or with another driver object than the driver's",
            ));
        }
        let size = guest.read_u32(config)?;
        if size != 32 {
            return Err(Failure::new(
                Rule::BadArgument,
                format!("WDF_DRIVER_CONFIG has the size {size}, not 32"),
            ));
        }
        let flags = guest.read_u32(config + 24)?;
        let non_pnp = flags & NON_PNP_DRIVER != 0;
        let overrides = flags & NO_DISPATCH_OVERRIDE == 0;
        if flags & !(NON_PNP_DRIVER | NO_DISPATCH_OVERRIDE | VERIFIER_FLAGS) != 0 {
            return Err(Failure::not_modelled(format!(
                "WDF_DRIVER_CONFIG.DriverInitFlags {flags:#x}"
            )));
        }
        let device_add = guest.read_u64(config + 8)?;
        if overrides && non_pnp && device_add != 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Both)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let handle = self.new_wdf_object(guest, Kind::Driver, 0, &attributes)?;
        self.make_callback_lock(handle, true);
        self.wdf.driver.handle = handle;
        // `WdfGetDriver` reads it.
        guest.write_u64(self.wdf.globals, handle)?;
        self.wdf.driver.constraints = attributes.constraints(Constraints::default());
        let unload = guest.read_u64(config + 16)?;
        self.wdf.driver.non_pnp = non_pnp || !overrides;
        if overrides {
            self.wdf.driver.device_add = device_add;
            self.wdf.driver.unload = unload;
            self.take_driver_over(guest, unload)?;
        }
        // A driver without devices of its own stays loaded where it gives no callback (`FxDriver::Initialize`); else the stub
        // in the driver displaces the unload routine, to unbind after it.
        let displaces = (overrides && !non_pnp) || unload != 0;
        guest.write_u8(self.wdf.globals + DISPLACE_DRIVER_UNLOAD, displaces.into())?;
        if out != 0 {
            guest.write_u64(out, handle)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// Puts the framework's routines into the driver object.
    fn take_driver_over(&mut self, guest: &mut Guest, unload: u64) -> Result<(), Failure> {
        let object = self.kernel.driver_object.address;
        if !self.wdf.driver.non_pnp {
            self.kernel
                .set_add_device(guest, MODULE, "FxDriver::AddDevice")?;
        }
        if !self.wdf.driver.non_pnp || unload != 0 {
            let unload = self.kernel.traps.address_of(INTERNAL, "FxDriverUnload");
            guest.write_u64(object + DRIVER_UNLOAD, unload)?;
        }
        self.kernel
            .set_dispatch(guest, MODULE, "FxDevice::DispatchWithLock")
    }

    /// The framework's unload routine, which the I/O manager or the driver's stub calls.
    pub(crate) fn fx_driver_unload(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        match self.wdf.driver.unload {
            0 => self.end_driver(guest, 0),
            target => Ok(Flow::Call {
                what: "EvtDriverUnload",
                target,
                arguments: vec![self.wdf.driver.handle],
                frame: Frame::above(WdfFrame::DriverUnloaded),
            }),
        }
    }
}
