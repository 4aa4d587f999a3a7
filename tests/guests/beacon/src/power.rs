//! The callbacks of Plug and Play and of power.

use core::{ptr, sync::atomic::Ordering};

use guest::status;
use wdk_sys::{
    CmResourceTypeInterrupt, CmResourceTypeMemory, NTSTATUS, PAGE_NOCACHE, PAGE_READWRITE,
    WDF_POWER_DEVICE_STATE, WDFCMRESLIST, WDFDEVICE, call_unsafe_wdf_function_binding,
    ntddk::{MmMapIoSpaceEx, MmUnmapIoSpace},
};

use crate::{
    device::context,
    interrupt,
    protocol::{FAIL_POST, FAIL_PRE, IN_PREPARE, SYNCHRONIZE_IN_EXIT},
};

/// The bytes of registers that are mapped.
const MAPPED: u64 = 0x1000;

/// Maps the registers, and makes the interrupts where that is `Setup`.
///
/// # Safety
///
/// The framework calls it, at `PASSIVE_LEVEL` ("nc-wdfdevice-evt_wdf_device_prepare_hardware").
pub(crate) unsafe extern "C" fn prepare(
    device: WDFDEVICE,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> NTSTATUS {
    // SAFETY: The framework's own handles.
    status::of(unsafe { try_prepare(device, raw, translated) })
}

/// # Safety
///
/// As [`prepare`].
unsafe fn try_prepare(
    device: WDFDEVICE,
    raw: WDFCMRESLIST,
    translated: WDFCMRESLIST,
) -> Result<(), NTSTATUS> {
    // SAFETY: The device is live, and `add` has written its context.
    let context = unsafe { context(device) };
    // SAFETY: The framework's own handle (nf-wdfresource-wdfcmresourcelistgetcount).
    let count = unsafe { call_unsafe_wdf_function_binding!(WdfCmResourceListGetCount, translated) };
    for index in 0..count {
        let descriptor = |list| {
            // SAFETY: As above (nf-wdfresource-wdfcmresourcelistgetdescriptor).
            unsafe {
                call_unsafe_wdf_function_binding!(WdfCmResourceListGetDescriptor, list, index)
            }
        };
        let found = descriptor(translated);
        // SAFETY: The descriptor lives as long as the list, and nothing writes it.
        let kind = u32::from(unsafe { (*found).Type });
        if kind == CmResourceTypeMemory && context.registers.load(Ordering::Relaxed).is_null() {
            // SAFETY: The descriptor lives as long as the list, and nothing writes it.
            let memory = unsafe { (*found).u };
            // SAFETY: The type says which view of the union holds.
            let start = unsafe { memory.Memory }.Start;
            // SAFETY: The address is that of the device's registers (nf-wdm-mmmapiospaceex).
            let mapped = unsafe { MmMapIoSpaceEx(start, MAPPED, PAGE_READWRITE | PAGE_NOCACHE) };
            if mapped.is_null() {
                return Err(status::INSUFFICIENT_RESOURCES);
            }
            context.registers.store(mapped.cast(), Ordering::Relaxed);
        }
        if kind == CmResourceTypeInterrupt && context.setup & IN_PREPARE != 0 {
            // SAFETY: This is EvtDevicePrepareHardware.
            unsafe { interrupt::create_all(device, context, Some((descriptor(raw), found))) }?;
        }
    }
    Ok(())
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_entry").
pub(crate) unsafe extern "C" fn enter(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    interrupt::describe(context);
    let has = interrupt::has_object(context);
    context.count("object-in-entry").set(has.into());
    status::SUCCESS
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_entry_post_interrupts_enabled").
pub(crate) unsafe extern "C" fn post(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    context.count("post").add();
    let has = interrupt::has_object(context);
    context.count("object-in-post").set(has.into());
    context.fails(FAIL_POST)
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit_pre_interrupts_disabled").
pub(crate) unsafe extern "C" fn pre(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    context.count("pre").add();
    context.fails(FAIL_PRE)
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_d0_exit").
pub(crate) unsafe extern "C" fn exit(device: WDFDEVICE, _: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    if context.setup & SYNCHRONIZE_IN_EXIT != 0 {
        // SAFETY: The interrupt is live; that it is disconnected is what is broken.
        let _ = unsafe {
            // breaks: synchronize-disconnected
            call_unsafe_wdf_function_binding!(
                WdfInterruptSynchronize,
                context.interrupt(),
                Some(interrupt::count),
                ptr::null_mut()
            )
        };
    }
    status::SUCCESS
}

/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_surprise_removal").
pub(crate) unsafe extern "C" fn gone(device: WDFDEVICE) {
    // SAFETY: As in `prepare`.
    unsafe { context(device) }.gone.set(1);
}

/// Unmaps the registers.
///
/// # Safety
///
/// As [`prepare`] ("nc-wdfdevice-evt_wdf_device_release_hardware").
pub(crate) unsafe extern "C" fn release(device: WDFDEVICE, _: WDFCMRESLIST) -> NTSTATUS {
    // SAFETY: As in `prepare`.
    let context = unsafe { context(device) };
    let mapped = context.registers.swap(ptr::null_mut(), Ordering::Relaxed);
    if !mapped.is_null() {
        // SAFETY: `prepare` has mapped it, and the interrupt is disconnected (nf-wdm-mmunmapiospace).
        unsafe { MmUnmapIoSpace(mapped.cast(), MAPPED) };
    }
    status::SUCCESS
}
