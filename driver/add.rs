//! Adding a device: its context, its queues, its DPC and its interface.

use core::ptr::null_mut;

use dirql::call_unsafe_wdf_function_binding;
use dirql_ioctl::code::INTERFACE_GUID;
use wdk_sys::{
    GUID, NTSTATUS, PWDFDEVICE_INIT, WDF_PNPPOWER_EVENT_CALLBACKS, WDFDEVICE, WDFDRIVER,
};

use crate::{
    close,
    context::{self, size},
    device::Device,
    dpc::Dpc,
    file::{self, Files},
    follow, interrupt, pnp, queue,
    status::{self, check},
    waits::{After, Waits},
};

/// `EvtDriverDeviceAdd`: makes a device, its queues, its DPC and its interface.
///
/// # Safety
///
/// The framework calls it at `PASSIVE_LEVEL` with an initialisation object that it owns.
pub(crate) unsafe extern "C" fn add(_driver: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: As this function's caller promises.
    status::of(unsafe { create(init) })
}

/// # Safety
///
/// As for [`add`].
unsafe fn create(mut init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDevicePrepareHardware: Some(pnp::prepare_hardware),
        EvtDeviceReleaseHardware: Some(pnp::release_hardware),
        ..WDF_PNPPOWER_EVENT_CALLBACKS::default()
    };
    interrupt::call_in_power(&mut callbacks, pnp::d0_entry, pnp::d0_exit);
    #[cfg(framework_interrupt)]
    {
        callbacks.EvtDeviceD0Entry = Some(pnp::registers_answer);
        callbacks.EvtDeviceD0Exit = Some(pnp::registers_fall_silent);
    }
    // SAFETY: The initialisation object is the caller's; the framework copies the structure
    // (nf-wdfdevice-wdfdeviceinitsetpnppowereventcallbacks).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetPnpPowerEventCallbacks,
            init,
            &raw mut callbacks
        );
    };

    let mut requests = context::with_context::<After>();
    // SAFETY: As above; the framework copies the attributes
    // (nf-wdfdevice-wdfdeviceinitsetrequestattributes).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetRequestAttributes,
            init,
            &raw mut requests
        );
    };

    // SAFETY: As above; the device is not made yet.
    unsafe { file::configure(init, Some(close::cleanup)) };

    let mut attributes = context::passive_and_unlocked(context::with_context::<Device>());
    let mut handle: WDFDEVICE = null_mut();
    // SAFETY: The initialisation object is the caller's and is not used again
    // (nf-wdfdevice-wdfdevicecreate). Where what follows fails, the framework deletes the device.
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            &raw mut attributes,
            &raw mut handle
        )
    })?;
    // SAFETY: The device was made with this context a moment ago, and outlives this call.
    let device = unsafe { context::of::<Device>(handle.cast()) };

    device.base.name(handle);
    // SAFETY: The device is live, and has the context that the routine asks it for.
    let dpc = unsafe { Dpc::create(handle, follow::run) }?;
    // SAFETY: The device is live, and its requests have that context.
    let waits = unsafe { Waits::create(handle) }?;
    // SAFETY: The device is live.
    let files = unsafe { Files::create(handle) }?;
    device.equip(dpc, waits, files);
    // SAFETY: As above; the handles that its callbacks use are in place.
    unsafe { queue::create(handle) }?;

    let interface = guid(INTERFACE_GUID);
    // SAFETY: The device is live, the GUID lives through the call, and no reference string is asked
    // for (nf-wdfdevice-wdfdevicecreatedeviceinterface).
    check(unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            handle,
            &raw const interface,
            null_mut()
        )
    })
}

/// The GUID whose text form, read as one number, is `value`.
const fn guid(value: u128) -> GUID {
    let bytes = value.to_be_bytes();
    let [data1 @ .., _, _, _, _, _, _, _, _, _, _, _, _] = bytes;
    let [_, _, _, _, high2, low2, high3, low3, data4 @ ..] = bytes;
    GUID {
        Data1: u32::from_be_bytes(data1),
        Data2: u16::from_be_bytes([high2, low2]),
        Data3: u16::from_be_bytes([high3, low3]),
        Data4: data4,
    }
}
