//! The device's registers, and the callbacks of its start, its power and its stop.

use core::{ptr, sync::atomic::Ordering};

use guest::status;
use wdk_sys::{
    CmResourceTypeMemory, NTSTATUS, PAGE_NOCACHE, PAGE_READWRITE, PHYSICAL_ADDRESS, PVOID,
    WDF_POWER_DEVICE_STATE, WDFCMRESLIST, WDFDEVICE, call_unsafe_wdf_function_binding,
    ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace},
};

use crate::device::context;

/// The bytes of registers that are mapped.
pub(crate) const MAPPED: u64 = 0x1000;

/// Maps the registers at a physical address.
pub(crate) fn map(physical: u64) -> Option<PVOID> {
    let address = PHYSICAL_ADDRESS {
        QuadPart: physical.cast_signed(),
    };
    // SAFETY: The address is that of the device's registers, which are at least so long
    // (nf-wdm-mmmapiospaceex).
    let mapped = unsafe { MmMapIoSpaceEx(address, MAPPED, PAGE_READWRITE | PAGE_NOCACHE) };
    (!mapped.is_null()).then_some(mapped)
}

/// Ends a mapping.
pub(crate) fn unmap(mapped: PVOID) {
    // SAFETY: [`map`] gave it, and nothing uses it any more (nf-wdm-mmunmapiospace).
    unsafe { MmUnmapIoSpace(mapped, MAPPED) };
}

/// Maps the registers, if the device has some.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_prepare_hardware").
pub(crate) unsafe extern "C" fn prepare(
    device: WDFDEVICE,
    _: WDFCMRESLIST,
    list: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: The framework's own handle, of a device that `add` has finished.
    let context = unsafe { context(device) };
    context.service.prepare();
    context.never.initialise();
    // SAFETY: The framework's own handle (nf-wdfresource-wdfcmresourcelistgetcount).
    let count = unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetCount, list) };
    for index in 0..count {
        // SAFETY: As above (nf-wdfresource-wdfcmresourcelistgetdescriptor).
        let descriptor = unsafe {
            call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, list, index)
        };
        // SAFETY: The descriptor lives as long as the list, and nothing writes it.
        let descriptor = unsafe { &*descriptor };
        if u32::from(descriptor.Type) != CmResourceTypeMemory {
            continue;
        }
        // SAFETY: The type says which view of the union holds.
        let memory = unsafe { descriptor.u.Memory };
        let start = memory.Start;
        // SAFETY: All views of a LARGE_INTEGER are integers.
        let physical = unsafe { start.QuadPart }.cast_unsigned();
        let Some(mapped) = map(physical) else {
            return status::INSUFFICIENT_RESOURCES;
        };
        context.physical.store(physical, Ordering::Relaxed);
        context.registers.store(mapped.cast(), Ordering::Relaxed);
        break;
    }
    status::SUCCESS
}

/// Lets the service routines use the registers.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_entry").
pub(crate) unsafe extern "C" fn enter(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    context.service.power(true);
    status::SUCCESS
}

/// Keeps them from it.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit").
pub(crate) unsafe extern "C" fn exit(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    context.service.power(false);
    status::SUCCESS
}

/// Unmaps them.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_release_hardware").
pub(crate) unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    let mapped = context.registers.swap(ptr::null_mut(), Ordering::Relaxed);
    if !mapped.is_null() {
        unmap(mapped.cast());
    }
    status::SUCCESS
}
