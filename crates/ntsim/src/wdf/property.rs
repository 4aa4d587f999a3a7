//! What the `PnP` manager says of a device.

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{device::Control, frame::WdfFrame, object::Kind},
    },
};

/// `DevicePropertyPhysicalDeviceObjectName`.
const OBJECT_NAME: u32 = 11;
/// The name that the bus driver's device object has.
const PHYSICAL_DEVICE: &str = r"\Device\00000042";

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDeviceAllocAndQueryProperty`.
    pub(crate) fn wdf_device_alloc_and_query_property(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let device = self.wdf_handle(guest, 1, Kind::Device)?;
        let (property, pool) = (guest.argument_u32(2)?, guest.argument_u32(3)?);
        let (attributes, out) = (guest.argument(4)?, guest.argument(5)?);
        guest.write_u64(out, 0)?;
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if self.wdf.device.control != Control::No {
            return Ok(Flow::status(Status::INVALID_DEVICE_REQUEST));
        }
        if property != OBJECT_NAME || ![0, 512].contains(&pool) {
            return Err(Failure::not_modelled(format!(
                "WdfDeviceAllocAndQueryProperty of the property {property} in the pool {pool}"
            )));
        }
        let units = PHYSICAL_DEVICE.encode_utf16().chain([0]);
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        self.new_memory_of_pool(guest, (&attributes, device), &bytes, out)?;
        Ok(Flow::status(Status::SUCCESS))
    }
}
