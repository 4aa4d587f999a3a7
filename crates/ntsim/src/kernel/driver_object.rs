//! What the I/O manager gives to a driver's entry: its `DRIVER_OBJECT` and the path of its service key.

use nt_model::Failure;

use crate::guest::Guest;

use super::{
    Kernel,
    state::driver_object::{DRIVER_INIT, DRIVER_OBJECT_SIZE, DriverObject, REGISTRY_PATH},
};

impl<A> Kernel<A> {
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
        self.driver_object = DriverObject {
            address: object,
            registry_path: path,
        };
        Ok(())
    }
}
