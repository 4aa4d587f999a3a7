//! What the I/O manager gives to a driver's entry: its `DRIVER_OBJECT` and the path of its service key.

use nt_model::Failure;

use crate::{
    guest::{Guest, layout},
    kernel::state::traps::Missing,
};

use super::{
    Kernel,
    state::driver_object::{
        DRIVER_INIT, DRIVER_OBJECT_SIZE, DriverObject, HARDWARE_DATABASE, REGISTRY_PATH,
        SERVICE_NAME, extension, field,
    },
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
        let text = utf16(REGISTRY_PATH);
        let buffer = self.system_data(text.len() as u64);
        let path = self.system_data(16);
        write_string(guest, path, buffer, &text)?;
        self.driver_object = DriverObject {
            address: object,
            registry_path: path,
        };
        self.fill_driver_object(guest, object)
    }

    /// Writes what lies around the driver object, and where it says so.
    fn fill_driver_object(&mut self, guest: &mut Guest, object: u64) -> Result<(), Failure> {
        guest.write_u64(object + field::START, layout::IMAGE_BASE)?;
        guest.write_u32(object + field::SIZE, self.image.size())?;
        // The loader's own record of the image, which is opaque.
        guest.write_u64(object + field::SECTION, layout::OBJECT_BASE)?;
        let mut free = layout::DRIVER_DATA;
        let mut take = |size: u64| {
            let address = free;
            free += size.next_multiple_of(16);
            address
        };
        let about = take(extension::SIZE);
        guest.write_u64(object + field::EXTENSION, about)?;
        guest.write_u64(about + extension::DRIVER_OBJECT, object)?;
        let database = take(16);
        guest.write_u64(object + field::HARDWARE_DATABASE, database)?;
        for (place, text) in [
            (object + field::NAME, format!(r"\Driver\{SERVICE_NAME}")),
            (about + extension::SERVICE_KEY_NAME, SERVICE_NAME.to_owned()),
            (database, HARDWARE_DATABASE.to_owned()),
        ] {
            let text = utf16(&text);
            let buffer = take(text.len() as u64);
            write_string(guest, place, buffer, &text)?;
        }
        // A request that the driver has no routine for is the I/O manager's to refuse.
        self.set_dispatch(guest, "ntoskrnl.exe", "IopInvalidDeviceRequest")
    }

    /// Has every kind of request go to a routine of a module's own.
    pub(crate) fn set_dispatch(
        &mut self,
        guest: &mut Guest,
        module: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let routine = self.own_routine(module, name);
        let table = self.driver_object.address + field::MAJOR_FUNCTION;
        for major in 0..field::MAJOR_FUNCTIONS {
            guest.write_u64(table + 8 * major, routine)?;
        }
        Ok(())
    }

    /// Has the `PnP` manager find a module's own routine for new devices.
    pub(crate) fn set_add_device(
        &mut self,
        guest: &mut Guest,
        module: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let routine = self.own_routine(module, name);
        let about = guest.read_u64(self.driver_object.address + field::EXTENSION)?;
        guest.write_u64(about + extension::ADD_DEVICE, routine)
    }

    /// Writes which device object heads the list of the driver's.
    pub(crate) fn set_first_device(
        &mut self,
        guest: &mut Guest,
        device: u64,
    ) -> Result<(), Failure> {
        guest.write_u64(self.driver_object.address + field::DEVICE_OBJECT, device)
    }

    /// The address of a routine that is another module's own affair: a driver that calls it is told that it is not
    /// modelled.
    fn own_routine(&mut self, module: &str, name: &str) -> u64 {
        self.traps.address_of_missing(Missing {
            module: module.to_owned(),
            name: name.to_owned(),
            variable: false,
        })
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes a `UNICODE_STRING` and its text.
fn write_string(guest: &mut Guest, at: u64, buffer: u64, text: &[u8]) -> Result<(), Failure> {
    guest.write(buffer, text)?;
    let length = (text.len() as u16).to_le_bytes();
    guest.write(at, &length)?;
    guest.write(at + 2, &length)?;
    guest.write_u64(at + 8, buffer)
}
