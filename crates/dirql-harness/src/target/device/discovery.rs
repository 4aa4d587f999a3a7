//! Finds the driver's device interface with the configuration manager, and devices that have none.

use dirql_ioctl::code::INTERFACE_GUID;
use windows::Win32::Devices::DeviceAndDriverInstallation::{
    CM_DEVNODE_STATUS_FLAGS, CM_GET_DEVICE_INTERFACE_LIST_PRESENT, CM_GETIDLIST_FILTER_ENUMERATOR,
    CM_GETIDLIST_FILTER_PRESENT, CM_Get_DevNode_Status, CM_Get_Device_ID_List_SizeW,
    CM_Get_Device_ID_ListW, CM_Get_Device_Interface_List_SizeW, CM_Get_Device_Interface_ListW,
    CM_LOCATE_DEVNODE_NORMAL, CM_Locate_DevNodeW, CM_PROB, CONFIGRET, CR_BUFFER_SMALL, CR_SUCCESS,
    DN_HAS_PROBLEM,
};
use windows::core::{GUID, PCWSTR, w};

use super::absence::Found;

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

/// The edu devices that are present, whatever drives them; none where the configuration manager cannot say.
pub(super) fn edu_devices() -> Vec<Found> {
    const WHICH: u32 = CM_GETIDLIST_FILTER_ENUMERATOR | CM_GETIDLIST_FILTER_PRESENT;
    let filter = w!("PCI\\VEN_1234&DEV_11E8");
    let mut len = 0_u32;
    // SAFETY: `len` is valid for the call, and the filter is a string that ends in a 0
    // (nf-cfgmgr32-cm_get_device_id_list_sizew).
    let result = unsafe { CM_Get_Device_ID_List_SizeW(&raw mut len, filter, WHICH) };
    if result != CR_SUCCESS {
        return Vec::new();
    }
    let mut list = vec![0_u16; usize::try_from(len).unwrap_or(0)];
    // SAFETY: the slice is the buffer and gives its length, and the filter ends in a 0
    // (nf-cfgmgr32-cm_get_device_id_listw).
    let result = unsafe { CM_Get_Device_ID_ListW(filter, &mut list, WHICH) };
    if result != CR_SUCCESS {
        return Vec::new();
    }
    let ids = split(&list);
    ids.iter()
        .map(|id| Found {
            id: String::from_utf16_lossy(&id[..id.len() - 1]),
            problem: problem(id),
        })
        .collect()
}

/// The problem code of the device `id`, which ends in a 0.
fn problem(id: &[u16]) -> Option<u32> {
    let mut node = 0_u32;
    // SAFETY: `node` is valid for the call, and `id` ends in a 0, as `split` leaves it
    // (nf-cfgmgr32-cm_locate_devnodew).
    let result =
        unsafe { CM_Locate_DevNodeW(&raw mut node, PCWSTR(id.as_ptr()), CM_LOCATE_DEVNODE_NORMAL) };
    if result != CR_SUCCESS {
        return None;
    }
    let mut status = CM_DEVNODE_STATUS_FLAGS::default();
    let mut problem = CM_PROB::default();
    // SAFETY: both numbers are valid for the call, and the node is one that was located
    // (nf-cfgmgr32-cm_get_devnode_status).
    let result = unsafe { CM_Get_DevNode_Status(&raw mut status, &raw mut problem, node, 0) };
    let has_problem = result == CR_SUCCESS && status.0 & DN_HAS_PROBLEM.0 != 0;
    has_problem.then_some(problem.0)
}

/// The strings of a list that ends with an empty one, each with its terminator.
fn split(list: &[u16]) -> Vec<Vec<u16>> {
    list.split_inclusive(|unit| *unit == 0)
        .take_while(|link| link.len() > 1)
        .map(<[u16]>::to_vec)
        .collect()
}
