//! The service's `Parameters` key, which a host fills before it loads the driver.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::Attributes,
        state::{frame::WdfFrame, object::Kind},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfDriverOpenParametersRegistryKey`.
    pub(crate) fn wdf_driver_open_parameters_registry_key(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let driver = self.wdf_handle(guest, 1, Kind::Driver)?;
        let (attributes, out) = (guest.argument(3)?, guest.argument(4)?);
        let attributes = Attributes::read(guest, attributes)?;
        let key = self.new_wdf_object(guest, Kind::Key, driver, &attributes)?;
        guest.write_u64(out, key)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRegistryQueryULong`.
    pub(crate) fn wdf_registry_query_u_long(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Key)?;
        let (name, out) = (guest.argument(2)?, guest.argument(3)?);
        let (length, buffer) = (guest.read_u16(name)?, guest.read_u64(name + 8)?);
        let units: Vec<u16> = guest
            .read_vec(buffer, length.into())?
            .chunks_exact(2)
            .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
            .collect();
        let name = String::from_utf16(&units)
            .map_err(|_| Failure::new(Rule::BadArgument, "a value's name is not UTF-16"))?;
        match self.wdf.parameters.get(&name).copied() {
            Some(value) => {
                guest.write_u32(out, value)?;
                Ok(Flow::status(Status::SUCCESS))
            }
            None => Ok(Flow::status(Status::OBJECT_NAME_NOT_FOUND)),
        }
    }

    /// `WdfRegistryClose`.
    pub(crate) fn wdf_registry_close(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let key = self.wdf_handle(guest, 1, Kind::Key)?;
        self.end(guest, key, false, WdfFrame::ReturnAfterCall(0))
    }
}
