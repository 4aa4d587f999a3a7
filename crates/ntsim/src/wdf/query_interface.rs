//! What the drivers below the device give out of themselves.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{
        bus_interface,
        state::{activation::Flow, frame::Holds},
    },
    wdf::{
        Framework,
        state::{device::Control, frame::WdfFrame, object::Kind},
    },
};

/// `GUID_BUS_INTERFACE_STANDARD` (wdmguid.h).
const BUS_INTERFACE_STANDARD: [u8; 16] = [
    0x80, 0x82, 0x6B, 0x49, 0x25, 0x6F, 0xD0, 0x11, 0xBE, 0xAF, 0x08, 0x00, 0x2B, 0xE2, 0x09, 0x2F,
];

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfFdoQueryForInterface`.
    pub(crate) fn wdf_fdo_query_for_interface(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let (kind, interface) = (guest.argument(2)?, guest.argument(3)?);
        let (size, version) = (guest.argument_u32(4)? as u16, guest.argument_u32(5)? as u16);
        if self.wdf.device.control != Control::No {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let kind = guest.read_vec(kind, BUS_INTERFACE_STANDARD.len())?;
        if kind != BUS_INTERFACE_STANDARD {
            return Err(Failure::not_modelled(format!(
                "WdfFdoQueryForInterface of an interface other than GUID_BUS_INTERFACE_STANDARD: {kind:02x?}"
            )));
        }
        if (size, version) != (bus_interface::SIZE, bus_interface::VERSION) {
            return Err(Failure::not_modelled(format!(
                "GUID_BUS_INTERFACE_STANDARD of {size} bytes and version {version}"
            )));
        }
        self.kernel.give_bus_interface(guest, interface)?;
        Ok(Flow::status(Status::SUCCESS))
    }
}
