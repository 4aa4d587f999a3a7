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
/// `WDF_DEVICE_PROPERTY_DATA`, and where its key is named.
const DATA_SIZE: u32 = 24;
const DATA_KEY: u64 = 8;
/// `DEVPKEY_Device_DmaRemappingPolicy`: a GUID, and a number behind it.
const DMA_REMAPPING_POLICY: [u8; 20] = [
    0x26, 0x63, 0xDA, 0x83, 0xA6, 0x97, 0x88, 0x40, 0x94, 0x53, 0xA1, 0x92, 0x3F, 0x57, 0x3B, 0x29,
    18, 0, 0, 0,
];
/// The name that the bus driver's device object has.
const PHYSICAL_DEVICE: &str = r"\Device\00000042";

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDeviceQueryPropertyEx`.
    pub(crate) fn wdf_device_query_property_ex(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let (data, length, buffer) = (
            guest.argument(2)?,
            guest.argument_u32(3)?,
            guest.argument(4)?,
        );
        if guest.read_u32(data)? != DATA_SIZE {
            return Ok(Flow::status(Status::INFO_LENGTH_MISMATCH));
        }
        if (length == 0) != (buffer == 0) {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let key = guest.read_u64(data + DATA_KEY)?;
        let key = guest.read_vec(key, DMA_REMAPPING_POLICY.len())?;
        if key == DMA_REMAPPING_POLICY {
            // The machine has nothing that remaps, so that the `PnP` manager has noted no policy.
            return Ok(Flow::status(Status::OBJECT_NAME_NOT_FOUND));
        }
        Err(Failure::not_modelled(format!(
            "WdfDeviceQueryPropertyEx of the property {key:02x?}"
        )))
    }

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
