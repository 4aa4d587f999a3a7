//! The framework's driver object, and the `DRIVER_OBJECT` that the I/O manager makes.

use crate::{
    Failure, Rule, Status,
    activation::{Flow, Frame},
    guest::Guest,
    sim::Sim,
    wdf::{
        WdfFrame,
        bind::DISPLACE_DRIVER_UNLOAD,
        object::{Attributes, Kind},
    },
};

/// The driver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Driver {
    /// The address of the `DRIVER_OBJECT`.
    pub(crate) object: u64,
    pub(crate) registry_path: u64,
    /// The framework's handle.
    pub(crate) handle: u64,
    pub(crate) device_add: u64,
    unload: u64,
    /// The minor version that the driver is bound to.
    pub(crate) bound_minor: Option<u32>,
}

/// Offsets in `DRIVER_OBJECT` (336 bytes).
const DRIVER_OBJECT_SIZE: u64 = 336;
const DRIVER_INIT: u64 = 88;
pub(crate) const DRIVER_UNLOAD: u64 = 104;

const REGISTRY_PATH: &str = r"\Registry\Machine\System\CurrentControlSet\Services\driver";

impl Sim {
    /// Makes what the I/O manager gives to a driver's entry.
    pub(crate) fn make_driver_object(
        &mut self,
        guest: &mut Guest,
        entry: u64,
    ) -> Result<(), Failure> {
        let object = self.system_data(DRIVER_OBJECT_SIZE);
        guest.write(object, &[4, 0])?;
        guest.write(object + 2, &(DRIVER_OBJECT_SIZE as u16).to_le_bytes())?;
        guest.write_u64(object + DRIVER_INIT, entry)?;
        let text: Vec<u8> = REGISTRY_PATH
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let buffer = self.system_data(text.len() as u64);
        guest.write(buffer, &text)?;
        let path = self.system_data(16);
        let length = (text.len() as u16).to_le_bytes();
        guest.write(path, &length)?;
        guest.write(path + 2, &length)?;
        guest.write_u64(path + 8, buffer)?;
        self.wdf.driver.object = object;
        self.wdf.driver.registry_path = path;
        Ok(())
    }

    /// `WdfDriverCreate`.
    pub(crate) fn wdf_driver_create(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        let (object, attributes) = (guest.argument(1)?, guest.argument(3)?);
        let (config, out) = (guest.argument(4)?, guest.argument(5)?);
        if object != self.wdf.driver.object || self.wdf.driver.handle != 0 {
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
        if guest.read_u32(config + 24)? != 0 {
            return Err(Failure::not_modelled(
                "WDF_DRIVER_CONFIG.DriverInitFlags other than 0",
            ));
        }
        let attributes =
            Attributes::read(guest, attributes)?.without_callbacks("a driver object")?;
        let handle = self.new_wdf_object(guest, Kind::Driver, 0, &attributes)?;
        self.wdf.driver.handle = handle;
        self.wdf.driver.device_add = guest.read_u64(config + 8)?;
        self.wdf.driver.unload = guest.read_u64(config + 16)?;
        let unload = self
            .export_address("(framework)", "FxDriverUnload")
            .expect("the framework's own trap is declared");
        guest.write_u64(object + DRIVER_UNLOAD, unload)?;
        // The stub in the driver then displaces the framework's unload routine, to unbind after it.
        guest.write_u8(self.wdf.globals + DISPLACE_DRIVER_UNLOAD, 1)?;
        if out != 0 {
            guest.write_u64(out, handle)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// The framework's unload routine, which the I/O manager or the driver's stub calls.
    pub(crate) fn fx_driver_unload(&mut self, _guest: &mut Guest) -> Result<Flow, Failure> {
        match self.wdf.driver.unload {
            0 => Ok(Flow::Return(0)),
            target => Ok(Flow::Call {
                what: "EvtDriverUnload",
                target,
                arguments: vec![self.wdf.driver.handle],
                frame: Frame::Wdf(WdfFrame::ReturnAfterCall(0)),
            }),
        }
    }
}
