//! The memory window and the interrupt of a device, among its resources.

use wdk_sys::{
    CmResourceTypeInterrupt, CmResourceTypeMemory, NTSTATUS, PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    PDEVICE_OBJECT, PHYSICAL_ADDRESS, ULONG, WDFCMRESLIST, WDFDEVICE,
    call_unsafe_wdf_function_binding,
};

use crate::status;

/// What a device with one window of registers and one interrupt was given. Where there are more, the first ones.
#[derive(Clone, Copy)]
pub struct Hardware {
    /// Where the window starts.
    pub window: PHYSICAL_ADDRESS,
    /// Its length in bytes.
    pub length: ULONG,
    /// The interrupt's raw descriptor, valid as long as the callback runs.
    pub raw_interrupt: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    /// The translated one.
    pub interrupt: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
}

/// Finds both among the resources.
///
/// # IRQL
///
/// `PASSIVE_LEVEL`.
///
/// # Safety
///
/// Both lists are those of the running `EvtDevicePrepareHardware`.
///
/// # Errors
///
/// `STATUS_DEVICE_CONFIGURATION_ERROR`: one of the two is not there.
pub unsafe fn find(raw: WDFCMRESLIST, translated: WDFCMRESLIST) -> Result<Hardware, NTSTATUS> {
    let (mut window, mut interrupt) = (None, None);
    // SAFETY: The list is that of the callback (nf-wdfresource-wdfcmresourcelistgetcount).
    let count = unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetCount, translated) };
    for index in 0..count {
        // SAFETY: The list has so many.
        let found = unsafe { descriptor(translated, index) };
        // SAFETY: A descriptor of the list is valid as long as the callback runs.
        let kind = u32::from(unsafe { (*found).Type });
        if kind == CmResourceTypeMemory && window.is_none() {
            // SAFETY: As above.
            let parts = unsafe { (*found).u };
            // SAFETY: The type says which part of the union holds.
            let memory = unsafe { parts.Memory };
            window = Some((memory.Start, memory.Length));
        }
        if kind == CmResourceTypeInterrupt && interrupt.is_none() {
            // SAFETY: The lists are equally long.
            interrupt = Some((unsafe { descriptor(raw, index) }, found));
        }
    }
    match (window, interrupt) {
        (Some((window, length)), Some((raw_interrupt, interrupt))) => Ok(Hardware {
            window,
            length,
            raw_interrupt,
            interrupt,
        }),
        _ => Err(status::DEVICE_CONFIGURATION_ERROR),
    }
}

/// # Safety
///
/// The list is one of a running callback, and has so many descriptors.
unsafe fn descriptor(list: WDFCMRESLIST, index: ULONG) -> PCM_PARTIAL_RESOURCE_DESCRIPTOR {
    // SAFETY: This function's contract (nf-wdfresource-wdfcmresourcelistgetdescriptor).
    unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, list, index) }
}

/// The physical device object, which is the bus driver's.
///
/// # IRQL
///
/// At most `DISPATCH_LEVEL`.
///
/// # Safety
///
/// `device` is a live device.
#[must_use]
pub unsafe fn physical_device(device: WDFDEVICE) -> PDEVICE_OBJECT {
    // SAFETY: This function's contract (nf-wdfdevice-wdfdevicewdmgetphysicaldevice).
    unsafe { call_unsafe_wdf_function_binding!(WdfDeviceWdmGetPhysicalDevice, device) }
}
