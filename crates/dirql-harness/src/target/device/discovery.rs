//! Finds the driver's device interface with the configuration manager.

use dirql_ioctl::code::INTERFACE_GUID;
use windows::Win32::Devices::DeviceAndDriverInstallation::{
    CM_GET_DEVICE_INTERFACE_LIST_PRESENT, CM_Get_Device_Interface_List_SizeW,
    CM_Get_Device_Interface_ListW, CONFIGRET, CR_BUFFER_SMALL, CR_SUCCESS,
};
use windows::core::{GUID, PCWSTR};

static INTERFACE: GUID = GUID::from_u128(INTERFACE_GUID);

/// The symbolic links of all present devices that the driver serves, each ending in a 0.
pub(super) fn device_interfaces() -> Result<Vec<Vec<u16>>, CONFIGRET> {
    // A device may arrive between the two calls; the page asks callers to go round again then.
    loop {
        let mut len = 0_u32;
        // SAFETY: `len` and the GUID are valid for the call, and a null device ID asks for the
        // interfaces of all devices (nf-cfgmgr32-cm_get_device_interface_list_sizew).
        let result = unsafe {
            CM_Get_Device_Interface_List_SizeW(
                &raw mut len,
                &raw const INTERFACE,
                PCWSTR::null(),
                CM_GET_DEVICE_INTERFACE_LIST_PRESENT,
            )
        };
        if result != CR_SUCCESS {
            return Err(result);
        }
        let mut list = vec![0_u16; usize::try_from(len).unwrap_or(0)];
        // SAFETY: the slice is the buffer and gives its length, the GUID is valid for the call,
        // and a null device ID is allowed (nf-cfgmgr32-cm_get_device_interface_listw).
        let result = unsafe {
            CM_Get_Device_Interface_ListW(
                &raw const INTERFACE,
                PCWSTR::null(),
                &mut list,
                CM_GET_DEVICE_INTERFACE_LIST_PRESENT,
            )
        };
        match result {
            CR_SUCCESS => return Ok(split(&list)),
            CR_BUFFER_SMALL => {}
            failed => return Err(failed),
        }
    }
}

/// The strings of a list that ends with an empty one, each with its terminator.
fn split(list: &[u16]) -> Vec<Vec<u16>> {
    list.split_inclusive(|unit| *unit == 0)
        .take_while(|link| link.len() > 1)
        .map(<[u16]>::to_vec)
        .collect()
}
