//! A device, its queues and its interface.

use core::ptr;

use wdk_sys::{
    GUID, NTSTATUS, PWDFDEVICE_INIT, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES,
    WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFQUEUE, call_unsafe_wdf_function_binding,
};

use crate::status::check;

/// Names the callbacks of Plug and Play and of power.
///
/// # Safety
///
/// `init` is that of the running `EvtDriverDeviceAdd`, and no device was made of it; the framework may call the callbacks.
pub unsafe fn set_callbacks(init: PWDFDEVICE_INIT, callbacks: &mut WDF_PNPPOWER_EVENT_CALLBACKS) {
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the framework copies the structure
    // (nf-wdfdevice-wdfdeviceinitsetpnppowereventcallbacks).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetPnpPowerEventCallbacks,
            init,
            &raw mut *callbacks
        );
    };
}

/// Makes the device. Where `EvtDriverDeviceAdd` fails afterwards, the framework deletes it with all that was made for it.
///
/// # Safety
///
/// `init` is that of the running `EvtDriverDeviceAdd`, and is not used afterwards.
///
/// # Errors
///
/// The framework's.
pub unsafe fn create(
    mut init: PWDFDEVICE_INIT,
    attributes: &mut WDF_OBJECT_ATTRIBUTES,
) -> Result<WDFDEVICE, NTSTATUS> {
    let mut device: WDFDEVICE = ptr::null_mut();
    // SAFETY: `init` is not used afterwards; attributes and result live through the call
    // (nf-wdfdevice-wdfdevicecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut *attributes,
            &raw mut device,
        )
    })?;
    Ok(device)
}

/// Makes the device with callbacks of Plug and Play and of power: [`set_callbacks`] and [`create`].
///
/// # Safety
///
/// As for both.
///
/// # Errors
///
/// The framework's.
pub unsafe fn create_with(
    init: PWDFDEVICE_INIT,
    callbacks: &mut WDF_PNPPOWER_EVENT_CALLBACKS,
    attributes: &mut WDF_OBJECT_ATTRIBUTES,
) -> Result<WDFDEVICE, NTSTATUS> {
    // SAFETY: This function's contract.
    unsafe { set_callbacks(init, callbacks) };
    // SAFETY: As above.
    unsafe { create(init, attributes) }
}

/// Makes a queue, which inherits its execution level and its synchronization from the device.
///
/// # Safety
///
/// `device` is a live device, and the callbacks of `config` are the framework's to call.
///
/// # Errors
///
/// The framework's.
pub unsafe fn create_queue(
    device: WDFDEVICE,
    config: &mut WDF_IO_QUEUE_CONFIG,
) -> Result<WDFQUEUE, NTSTATUS> {
    let mut queue = ptr::null_mut();
    // SAFETY: The device is live, configuration and result live through the call
    // (nf-wdfio-wdfioqueuecreate).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut *config,
            ptr::null_mut(),
            &raw mut queue,
        )
    })?;
    Ok(queue)
}

/// Makes the device interface, by which a client finds the device.
///
/// # Safety
///
/// `device` is a live device.
///
/// # Errors
///
/// The framework's.
pub unsafe fn create_interface(device: WDFDEVICE, interface: &GUID) -> Result<(), NTSTATUS> {
    // SAFETY: The device is live, the GUID lives through the call, and no reference string is given
    // (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            device,
            &raw const *interface,
            ptr::null(),
        )
    })
}

/// The device of a queue.
///
/// # Safety
///
/// `queue` is a live queue.
#[must_use]
pub unsafe fn of(queue: WDFQUEUE) -> WDFDEVICE {
    // SAFETY: This function's contract (nf-wdfio-wdfioqueuegetdevice).
    unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, queue) }
}
