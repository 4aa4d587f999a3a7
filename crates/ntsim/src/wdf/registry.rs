//! Registry keys: those that a host fills before it loads the driver, and what the driver writes into them.
//!
//! A kernel handle is not asked for which access it was opened.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{
            frame::WdfFrame,
            object::Kind,
            registry::{RegistryKey, RegistryValue},
        },
    },
};

/// `PLUGPLAY_REGKEY_DEVICE` and `PLUGPLAY_REGKEY_DRIVER`.
const OF_DEVICE: u32 = 1;
const OF_DRIVER: u32 = 2;

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// Opens a key for the driver: the attributes and where the handle goes are the arguments at `attributes` and behind.
    fn open_key(
        &mut self,
        guest: &mut Guest,
        key: RegistryKey,
        attributes: usize,
    ) -> Result<Flow<A>, Failure> {
        let out = guest.argument(attributes + 1)?;
        let attributes = guest.argument(attributes)?;
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        if attributes.parent != 0 {
            return Ok(Flow::status(Status::WDF_PARENT_ASSIGNMENT_NOT_ALLOWED));
        }
        let driver = self.wdf.driver.handle;
        let handle = self.new_wdf_object(guest, Kind::Key, driver, &attributes)?;
        self.wdf.registry.make_key(&key);
        self.wdf.registry.open.insert(handle, key);
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfDriverOpenParametersRegistryKey`.
    pub(crate) fn wdf_driver_open_parameters_registry_key(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Driver)?;
        self.open_key(guest, RegistryKey::Parameters, 3)
    }

    /// `WdfDeviceOpenRegistryKey`.
    pub(crate) fn wdf_device_open_registry_key(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let key = match guest.argument_u32(2)? {
            OF_DEVICE => RegistryKey::Device,
            OF_DRIVER => RegistryKey::Driver,
            other => {
                return Err(Failure::not_modelled(format!(
                    "WdfDeviceOpenRegistryKey with the type {other:#x}"
                )));
            }
        };
        self.open_key(guest, key, 4)
    }

    /// `WdfDeviceOpenDevicemapKey`: the key is made where there is none.
    pub(crate) fn wdf_device_open_devicemap_key(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.wdf_handle(guest, 1, Kind::Device)?;
        let name = self.name_argument(guest, 2)?;
        if name.is_empty() {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        self.open_key(guest, RegistryKey::DeviceMap(name.to_uppercase()), 4)
    }

    /// The text of a `UNICODE_STRING`.
    fn name_argument(&mut self, guest: &Guest, index: usize) -> Result<String, Failure> {
        let string = guest.argument(index)?;
        let units = self.kernel.counted_text(guest, string, false)?;
        String::from_utf16(&units)
            .map_err(|_| Failure::new(Rule::BadArgument, "a name in the registry is not UTF-16"))
    }

    /// The value that the second argument names, in the key that the first one is.
    fn value_asked_for(&mut self, guest: &Guest) -> Result<Option<RegistryValue>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Key)?;
        let name = self.name_argument(guest, 2)?;
        let key = &self.wdf.registry.open[&handle];
        Ok(self.wdf.registry.get(key, &name).cloned())
    }

    /// `WdfRegistryQueryULong`.
    pub(crate) fn wdf_registry_query_u_long(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let found = self.value_asked_for(guest)?;
        let out = guest.argument(3)?;
        Ok(Flow::status(match found {
            Some(RegistryValue::Number(value)) => {
                guest.write_u32(out, value)?;
                Status::SUCCESS
            }
            Some(RegistryValue::Text(_)) => Status::OBJECT_TYPE_MISMATCH,
            None => Status::OBJECT_NAME_NOT_FOUND,
        }))
    }

    /// `WdfRegistryQueryUnicodeString`: the text with its null, as far as there is room for all of it.
    pub(crate) fn wdf_registry_query_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let found = self.value_asked_for(guest)?;
        let (length_out, string) = (guest.argument(3)?, guest.argument(4)?);
        let room = match string {
            0 => 0,
            at => guest.read_u16(at + 2)?,
        };
        if string != 0 && room == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let text = match found {
            Some(RegistryValue::Text(text)) => text,
            Some(RegistryValue::Number(_)) => {
                return Ok(Flow::status(Status::OBJECT_TYPE_MISMATCH));
            }
            None => return Ok(Flow::status(Status::OBJECT_NAME_NOT_FOUND)),
        };
        let units = text.encode_utf16().chain([0]);
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        let length = bytes.len() as u16;
        if length_out != 0 {
            guest.write(length_out, &length.to_le_bytes())?;
        }
        if length > room {
            return Ok(Flow::status(Status::BUFFER_OVERFLOW));
        }
        let buffer = guest.read_u64(string + 8)?;
        self.kernel.access_for_driver(buffer, length.into(), true)?;
        guest.write(buffer, &bytes)?;
        guest.write(string, &(length - 2).to_le_bytes())?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// Writes a value of the key and the name that the first two arguments are.
    fn assign(&mut self, guest: &Guest, value: RegistryValue) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Key)?;
        let name = self.name_argument(guest, 2)?;
        let key = self.wdf.registry.open[&handle].clone();
        self.wdf.registry.set(&key, &name, value);
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WdfRegistryAssignULong`.
    pub(crate) fn wdf_registry_assign_u_long(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let value = guest.argument_u32(3)?;
        self.assign(guest, RegistryValue::Number(value))
    }

    /// `WdfRegistryAssignUnicodeString`.
    pub(crate) fn wdf_registry_assign_unicode_string(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let text = self.name_argument(guest, 3)?;
        self.assign(guest, RegistryValue::Text(text))
    }

    /// `WdfRegistryRemoveValue`.
    pub(crate) fn wdf_registry_remove_value(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Key)?;
        let name = self.name_argument(guest, 2)?;
        let key = self.wdf.registry.open[&handle].clone();
        Ok(Flow::status(if self.wdf.registry.remove(&key, &name) {
            Status::SUCCESS
        } else {
            Status::OBJECT_NAME_NOT_FOUND
        }))
    }

    /// `WdfRegistryRemoveKey`: the key's object is deleted with it.
    pub(crate) fn wdf_registry_remove_key(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Key)?;
        let key = self.wdf.registry.open[&handle].clone();
        if !self.wdf.registry.remove_key(&key) {
            return Ok(Flow::status(Status::OBJECT_NAME_NOT_FOUND));
        }
        self.kernel.note_origin(guest, handle);
        let then = WdfFrame::ReturnAfterCall(Status::SUCCESS.into());
        self.end(guest, handle, false, then)
    }

    /// `WdfRegistryClose`.
    pub(crate) fn wdf_registry_close(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let key = self.wdf_handle(guest, 1, Kind::Key)?;
        self.kernel.note_origin(guest, key);
        self.end(guest, key, false, WdfFrame::ReturnAfterCall(0))
    }
}
